"""Variables, escaping, subjects and preheaders."""

from datetime import UTC, datetime

import pytest

from tenantcrm.campaigns.rendering import RenderError, compile_message
from tests.campaigns.rendering.mails import URL, body, context, mail, words


def test_every_promised_variable_is_there():
    """The names of the contract have their values, in HTML as in text."""
    template = (
        "{{ contact.name }}|{{ contact.email }}|{{ contact.plan }}|{{ contact.seats }}|"
        "{{ tenant.name }}|{{ campaign.name }}|{{ unsubscribe_url }}"
    )
    assert body(template) == (f"Ada|ada@example.com|pro|3|Vinr &amp; Sons|Welcome|{URL}")
    assert words(template) == f"Ada|ada@example.com|pro|3|Vinr & Sons|Welcome|{URL}"


@pytest.mark.parametrize("name", ["contact.nope", "nope", "nope.nope", "contact.size", "contact"])
def test_what_is_undefined_prints_nothing(name: str):
    """A variable without a value is empty, and a contact is never printed whole."""
    assert body(f"[{{{{ {name} }}}}]") == "[]"


@pytest.mark.parametrize("missing", [None, "", False])
def test_default_stands_in(missing: object):
    """A value that is missing, empty or false gives way to its default."""
    template = "{{ contact.plan | default: 'free' }}"
    assert body(template, attributes={"plan": missing}) == "free"
    assert body(template, attributes={}) == "free"
    assert body("{{ contact.name | default: 'you' }}", name=None) == "you"
    assert body(template) == "pro"


@pytest.mark.parametrize(
    ("value", "shown"), [(True, "true"), (0, "0"), (1.5, "1.5"), (-3, "-3"), ("  x ", "  x ")]
)
def test_values_print_as_liquid_prints_them(value: object, shown: str):
    """Numbers and truth values look as in other Liquid."""
    assert body("{{ contact.x }}", attributes={"x": value}) == shown


def test_attributes_cannot_pose_as_the_contact():
    """An attribute called email or name does not change who is written to."""
    assert body("{{ contact.email }}", attributes={"email": "x@evil.example"}) == "ada@example.com"


def test_html_is_escaped_in_html_alone():
    """A value with markup is text in the HTML, and itself in subject and text part."""
    found = mail("<p>{{ contact.name }}</p>", subject="{{ contact.name }}", name="<b>&\"'")
    assert "<p>&lt;b&gt;&amp;&#34;&#39;</p>" in found.html
    assert found.subject == "<b>&\"'"
    assert found.text.startswith("<b>&\"'\n")


@pytest.mark.parametrize("breaks", ["\r\n", "\n", "\r", "\x00", "\x85", "\u2028", "\t"])
def test_subject_is_one_line(breaks: str):
    """No value begins a second header."""
    found = mail(subject="Hi {{ contact.name }}\n!", name=f"Ada{breaks}Bcc: x@example.com")
    assert found.subject == "Hi Ada Bcc: x@example.com !"


def test_a_long_subject_is_cut():
    """A subject that grows beyond a header's line is cut, visibly."""
    subject = mail(subject="{{ contact.name }}", name="x" * 5000).subject
    assert len(subject) == 998
    assert subject.endswith("x…")


def test_half_characters_are_replaced():
    """A lone surrogate in a value does not stop the mail."""
    found = mail("<p>{{ contact.name }}</p>", subject="{{ contact.name }}", name="a\ud800b")
    assert found.subject == "a\ufffdb"
    assert "a\ufffdb" in found.html
    assert "a\ufffdb" in found.text


def test_now_is_the_time_of_the_mail():
    """Dates in a template follow the mail's clock and zone, not the machine's."""
    moment = datetime(2031, 5, 6, 23, tzinfo=UTC)
    assert body("{{ 'now' | date: '%Y-%m-%d %H' }} {{ now | date: '%d' }}", now=moment) == (
        "2031-05-06 23 06"
    )


def test_dates_of_attributes_can_be_formatted():
    """An ISO date and a Unix time are dates; what is none is printed as it is."""
    values = {"day": "2026-02-01", "second": 86400, "word": "soon"}
    template = "{{ contact.day | date: '%d.%m.' }} {{ contact.second | date: '%Y' }} "
    assert body(template + "{{ contact.word | date: '%Y' }}", attributes=values) == (
        "01.02. 1970 soon"
    )


def test_preheader_is_hidden_and_leads_the_content():
    """The preheader stands first in the body, unseen, and not in the text part."""
    found = mail(
        "<html><body><h1>Hi</h1></body></html>",
        preheader="Tom & {{ contact.name }}",
        name="<Jerry>",
    )
    before, hidden, after = found.html.partition("Tom &amp; &lt;Jerry&gt;</div>")
    assert hidden
    assert before.startswith('<html><body><div style="display:none')
    assert after.startswith("<h1>Hi</h1>")
    assert "Tom" not in found.text


def test_loops_and_branches_work_in_both_parts():
    """A loop over the words of an attribute says the same in HTML and in text."""
    template = (
        "<ul>{% assign tags = contact.tags | split: ',' %}{% for tag in tags %}"
        "<li>{{ forloop.index }} {{ tag }}{% if forloop.last %}!{% endif %}</li>{% endfor %}</ul>"
    )
    values = {"tags": "a,b"}
    assert body(template, attributes=values) == "<ul><li>1 a</li><li>2 b!</li></ul>"
    assert words(template, attributes=values).split() == ["*", "1", "a", "*", "2", "b!"]


def test_a_value_that_does_not_fit_fails_the_mail_without_telling_it():
    """The ledger gets a code and a sentence with the tag, and nothing of the contact."""
    with pytest.raises(RenderError) as caught:
        mail("\n{% if contact.plan > 3 %}x{% endif %}", attributes={"plan": "secret"})
    assert caught.value.code == "template_failed"
    assert caught.value.detail == (
        "A tag was given a value that it cannot work with: {% if contact.plan > 3 %}"
    )


def test_a_missing_value_compares_as_false():
    """A template may compare what some contacts do not have."""
    assert body("{% if contact.nope > 3 %}more{% else %}less{% endif %}") == "less"


def test_a_broken_template_cannot_be_compiled():
    """Compiling what should not have been saved says why."""
    with pytest.raises(RenderError) as caught:
        compile_message(subject="x", html_template="{% if %}")
    assert caught.value.code == "template_syntax"


def test_rendering_twice_gives_the_same():
    """Nothing of one contact stays for the next."""
    compiled = compile_message(
        subject="{{ contact.name }}",
        html_template="{% assign x = contact.name %}{{ x }}{% increment n %}{{ contact.plan }}",
    )
    first = compiled.render(context())
    compiled.render(context(name="Bob", attributes={"plan": "free"}))
    assert compiled.render(context()) == first
