"""Templates that would never end, or never stop growing, end with a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantcrm.campaigns.rendering import RenderError, check_template, compile_message
from tests.campaigns.rendering.mails import context

LONG = "{% assign a = 'x' %}" + "{% assign a = a | append: a %}" * 40
BOMBS = {
    "a long range": "{% for i in (1..1000000000) %}x{% endfor %}",
    "a range of a value": "{% assign n = '99999999' %}{% for i in (1..n) %}x{% endfor %}",
    "a range backwards": "{% for i in (1..1000000000) reversed %}x{% endfor %}",
    "a range cut short": "{% for i in (1..1000000000) reversed limit: 1 %}x{% endfor %}",
    "nested loops": "{% for i in (1..9999) %}{% for j in (1..9999) %}x{% endfor %}{% endfor %}",
    "an empty body": "{% for i in (1..9999) %}{% for j in (1..9999) %}{% endfor %}{% endfor %}",
    "loops in a row": "{% for i in (1..9999) %}{{ i }}{{ i }}{{ i }}{% endfor %}" * 100,
    "work in an else": (
        "{% for i in (1..9999) %}{% for j in x %}{% else %}"
        + "{% if a %}{% endif %}" * 400
        + "{% endfor %}{% endfor %}"
    ),
    "long conditions": (
        "{% for i in (1..9999) %}{% if " + " and ".join(["i"] * 90) + " %}{% endif %}{% endfor %}"
    ),
    "doubling a value": LONG,
    "doubling by capture": (
        "{% capture a %}xxxxxxxxxx{% endcapture %}"
        + "{% capture a %}{{ a }}{{ a }}{% endcapture %}" * 40
    ),
    "a chain of replace": "{{ 'x' " + "| replace: 'x', 'xxxxxxxxxx'" * 12 + " }}",
    "replace of two long texts": (
        "{% assign a = 'x' %}" + "{% assign a = a | append: a %}" * 16 + "{{ a | replace: 'x', a }}"
    ),
    "replace of nothing": "{{ 'xxxxxxxxxx' " + "| replace: '', 'xxxxxxxxxx'" * 12 + " }}",
    "a long separator": (
        "{% assign a = 'x' %}"
        + "{% assign a = a | append: a %}" * 16
        + "{% assign b = a | split: '' %}{{ b | join: a }}"
    ),
    "a doubling list": (
        "{% assign a = 'x,y' | split: ',' %}" + "{% assign a = a | concat: a %}" * 40
    ),
    "a list of one long text": (
        "{% assign s = 'x' %}"
        + "{% assign s = s | append: s %}" * 16
        + "{% assign a = s | split: '-' %}"
        + "{% assign a = a | concat: a %}" * 13
        + "{{ a }}"
    ),
    "a growing number": "{% assign a = 9999999 %}" + "{% assign a = a | times: a %}" * 40,
    "a range in a filter": "{{ (1..1000000000) | join: ',' }}",
    "a range in an argument": "{{ 'x' | append: (1..1000000000) }}",
    "a range that is searched": "{% if (1..1000000000) contains 'x' %}{% endif %}",
    "a range in a case": "{% case (1..1000000000) %}{% when 1 %}{% endcase %}",
    "a range in a cycle": "{% cycle (1..1000000000), 'b' %}",
    "a range in a limit": "{% for i in (1..10) limit: (1..1000000000) %}{% endfor %}",
    "a range assigned": "{% assign a = (1..1000000000) %}{{ a | last }}",
    "uniq": "{% assign a = (1..9999) | uniq %}" * 60,
    "much output": (
        "{% assign a = 'x' %}"
        + "{% assign a = a | append: a %}" * 16
        + "{% for i in (1..9999) %}{{ a }}{% endfor %}"
    ),
    "many captures": (
        "{% for i in (1..9999) %}{% capture a %}" + "x" * 20_000 + "{% endcapture %}{% endfor %}"
    ),
    "loops in a liquid tag": (
        "{% liquid\n for i in (1..9999)\n for j in (1..9999)\n echo i\n endfor\n endfor\n%}"
    ),
}


@pytest.mark.parametrize("bomb", BOMBS, ids=str)
def test_bombs_are_refused_when_saved(bomb: str):
    """A template that needs no contact to explode is not saved; the words say what is too much."""
    (found,) = check_template("Hi", BOMBS[bomb], "html")
    assert (found.pointer, found.code) == ("/html_template", "template_too_costly")


def test_the_words_name_the_tag():
    """The author is told which tag is too much, and what the limit is."""
    (found,) = check_template("Hi", f"<p>{BOMBS['a long range']}</p>", "html")
    assert found.message == "A range is longer than 10,000: {% for i in (1..1000000000) %}"


@pytest.mark.parametrize("part", ["subject", "preheader"])
def test_bombs_are_refused_in_every_part(part: str):
    """Subject and preheader have the same limits."""
    parts = {"subject": "", "preheader": ""} | {part: BOMBS["a long range"]}
    (found,) = check_template(parts["subject"], "", "html", parts["preheader"])
    assert (found.pointer, found.code) == (f"/{part}", "template_too_costly")


def test_a_bomb_that_waits_for_a_value_fails_its_mail_alone():
    """A contact's value cannot make a template run on; the next contact gets the mail."""
    compiled = compile_message(
        subject="Hi", html_template="{% for i in (1..contact.seats) %}x{% endfor %}"
    )
    with pytest.raises(RenderError) as caught:
        compiled.render(context(attributes={"seats": 10**12}))
    assert caught.value.code == "template_too_costly"
    assert compiled.render(context()).html.startswith("xxx<")


def test_a_long_newsletter_is_no_bomb():
    """A page of 900 kB and a loop over a thousand lines are within the limits."""
    page = f"<p>{'word ' * 200}</p>\n" * 900
    assert check_template("Hi", page, "html") == []
    loop = "{% for i in (1..1000) %}<li>{{ i }}: {{ contact.name | upcase }}</li>{% endfor %}"
    assert check_template("Hi", loop, "html") == []


FRAGMENTS = [
    "{{", "}}", "{%", "%}", "{% if a %}", "{% endif %}", "{% for i in (1..3) %}", "{% endfor %}",
    "{{ contact.name | upcase }}", "{% assign b = contact.name | split: '' %}", "{{ b | join: a }}",
    "{% raw %}", "{% endraw %}", "{% comment %}", "{% endcomment %}", "{% else %}", "'", '"', "<",
    "<p>", "</p>", "<!--", "-->", "<style>", "p{color:red}", "</style>", "<table>", "<tr>", "<td>",
    "<a href=", "{{ unsubscribe_url }}", ">", "</a>", "<body>", "</body>", "{% capture c %}",
    "{% endcapture %}", "{{ c }}", "{{ 1 | divided_by: 0 }}", "{% break %}", "\n", "- ", "# ",
    "lq0z", "<mjml>", "<mj-body>", "</mj-body>", "</mjml>", "&", "\x0b",
    "{{ contact.name | date: '%Y' }}",
]  # fmt: skip


@given(
    st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=5), max_size=25).map("".join),
    st.sampled_from(["html", "markdown", "mjml"]),
)
def test_any_template_is_refused_or_rendered(source: str, form: str):
    """Whatever is sent as a template, the answer is findings or a mail with its way out."""
    found = check_template(source[:50], source, form, source[-50:])
    if found:
        assert all(one.code and one.message for one in found)
        return
    compiled = compile_message(
        subject=source[:50], html_template=source, template_format=form, preheader=source[-50:]
    )
    try:
        mail = compiled.render(context())
    except RenderError as error:
        assert error.code == "template_failed"  # noqa: PT017 # either way must hold
    else:
        assert context().unsubscribe_url in mail.html
        assert context().unsubscribe_url in mail.text
        assert "\n" not in mail.subject
