"""What an author is told about a template when it is saved."""
# ruff: noqa: E501 # a template and the words about it stand on one line

import pytest

from tenantcrm.campaigns.rendering import check_template


def told(source: str, form: str = "html", subject: str = "Hi") -> list[tuple[str, str, str]]:
    """The findings about a template."""
    found = check_template(subject, source, form)
    return [(one.pointer, one.code, one.message) for one in found]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "<p>Hi {{ contact.name | default: 'you' | upcase }}</p>",
        "{% if contact.seats > 3 and contact.plan == 'pro' %}a{% elsif x %}b{% else %}c{% endif %}",
        "{% for i in (1..3) reversed %}{{ i }}{% break %}{% else %}none{% endfor %}",
        "{% case contact.plan %}{% when 'a', 'b' %}x{% else %}y{% endcase %}",
        "{% unless x %}{% capture y %}z{% endcapture %}{% endunless %}",
        "{% raw %}{{ {% {% endraw %}{% comment %}{% if %}{% endcomment %}{% # note %}",
        "{% liquid\n assign x = 'a'\n echo x\n if x\n echo 'b'\n endif\n%}",
        "{% cycle 'a', 'b' %}{% increment n %}{% decrement n %}{{ 5 | divided_by: contact.seats }}",
        "{{ contact.date | date: '%d %B' }}{{ contact['first name'] }}{{ contact.a[contact.b] }}",
        "<style>p { color: {{ contact.color }} }</style>{ not } {a} %} }}",
    ],
)
def test_good_templates_pass(source: str):
    """The usual Liquid is found good, whatever a contact may lack."""
    assert told(source) == []


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("a\nb {{ x | foo }}", "Line 2: unknown filter 'foo'"),
        ("{{ x | safe }}", "Line 1: unknown filter 'safe'"),
        ("\n\n{% foo %}", "Line 3: unknown tag 'foo'"),
        ("{% include 'x' %}", "Line 1: unknown tag 'include'"),
        ("{% render '/etc/passwd' %}", "Line 1: unknown tag 'render'"),
        (
            "{% if a %}\n{% if b %}\n{% endif %}",
            "Line 1: {% if %} is never closed: {% endif %} is missing",
        ),
        ("{% for a in b %}\n{% endif %}", "Line 2: {% endif %} cannot close {% for %} of line 1"),
        ("x\n{% endfor %}", "Line 2: {% endfor %} closes nothing that is open"),
        ("\n{{ contact.name }", "Line 2: '{{' is never closed by '}}'"),
        ("{% if a", "Line 1: '{%' is never closed by '%}'"),
        ("{% %}", "Line 1: a tag has no name"),
        ("{% comment %}", "Line 1: {% comment %} is never closed: {% endcomment %} is missing"),
        ("{% raw %}", "Line 1: {% raw %} is never closed: {% endraw %} is missing"),
        ("\n{{ }}", "Line 2: expected a value, found the end of the tag"),
        ("{% for x in %}{% endfor %}", "Line 1: expected a value, found the end of the tag"),
        ("{% if x = 1 %}{% endif %}", "Line 1: expected the end of the tag, found '='"),
        ("{% else %}", "Line 1: unexpected tag 'else'"),
        ("{% assign contact = 1 %}", "Line 1: 'contact' is a given name; choose another one"),
        (
            "{% capture unsubscribe_url %}{% endcapture %}",
            "Line 1: 'unsubscribe_url' is a given name; choose another one",
        ),
        (
            "{{ 'a' | truncate: 1, 2, 3 }}",
            "Line 1: filter 'truncate': too many positional arguments",
        ),
        ("{% liquid\n assign x = 1\n foo\n%}", "Line 3: unknown tag 'foo'"),
        ("{% break %}", "break and continue belong inside a for loop"),
    ],
)
def test_faults_name_their_line(source: str, message: str):
    """A fault says where it is and what is wrong, in words without jargon."""
    assert told(source) == [("/html_template", "template_syntax", message)]


def test_every_part_is_checked():
    """Subject, preheader and page are told apart, and all faults come at once."""
    found = check_template("{{ a | b }}", "{{ a | c }}", "html", "{{")
    assert [one.pointer for one in found] == ["/subject", "/preheader", "/html_template"]


def test_an_unknown_format_is_told():
    """A format that does not exist is a fault of its field."""
    assert [one[0] for one in told("x", "word")] == ["/format"]


@pytest.mark.parametrize("character", ["\x00", "\ud800"])
def test_characters_that_nothing_can_store_are_told(character: str):
    """NUL and halves of characters are refused with their line."""
    ((pointer, code, message),) = told(f"a\n{character}")
    assert (pointer, code) == ("/html_template", "template_syntax")
    assert message == f"Line 2: the character U+{ord(character):04X} cannot be sent"


@pytest.mark.parametrize(
    ("source", "form"),
    [
        ("x" * 1_000_001, "html"),
        ("x" * 100_001, "markdown"),
        ("x" * 250_001, "mjml"),
        ("{{ a }}" * 5_001, "html"),
        ("{{ a | append: '" + "x" * 1_000 + "' }}", "html"),
        ("{{" + " " * 500 + "}}", "html"),
        ("{{ " + "[" * 26 + " }}", "html"),
    ],
)
def test_templates_of_monstrous_size_are_refused(source: str, form: str):
    """What no mail needs is refused before it is parsed."""
    ((_, code, _),) = told(source, form)
    assert code == "template_too_large"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "<mj-text>{% if a < b %}x{% endif %}</mj-text>",
            "Line 4: MJML reads the '<' in {% if a < b %} as the start of an element: turn the comparison round and write it with '>'",
        ),
        (
            "<mj-text>a < b</mj-text>",
            "Line 4: this is not MJML: every attribute needs quotes, and a '<' in text is written &lt;",
        ),
        (
            "<mj-text color=red>a</mj-text>",
            "Line 4: this is not MJML: every attribute needs quotes, and a '<' in text is written &lt;",
        ),
        ("<mj-text>a", "Line 4: <mj-text> is not closed before </mj-column>"),
        ("<mj-text>a</mj-txt>", "Line 4: <mj-text> is not closed before </mj-txt>"),
        ("</mj-text>", "Line 3: <mj-column> is not closed before </mj-text>"),
        ("<mj-txt>a</mj-txt>", "Line 4: MJML has no element <mj-txt>"),
        ("<mj-include path='/etc/passwd' />", "Line 4: mj-include is not available here"),
        (
            "<mj-text foo='{% if a %}b{% endif %}'>a</mj-text>",
            "Line 4: MJML drops what stands at {% if a %}: put it inside <mj-raw>",
        ),
        (
            "<mj-social>{% if a %}</mj-social>{% endif %}",
            "Line 4: unexpected token: {% if a %}</mj-social>{% endif %}",
        ),
    ],
)
def test_faults_of_mjml_name_their_line(source: str, message: str):
    """MJML's own parser says nothing of lines; we do."""
    page = f"<mjml>\n<mj-body><mj-section>\n<mj-column>\n{source}\n</mj-column>"
    page += "</mj-section></mj-body></mjml>"
    assert told(page, "mjml") == [("/html_template", "mjml_syntax", message)]


@pytest.mark.parametrize("source", ["", "hello", "<p>hello</p>"])
def test_what_is_not_mjml_at_all_is_told(source: str):
    """Text and HTML are not mistaken for MJML."""
    assert told(source, "mjml") == [
        ("/html_template", "mjml_syntax", "Line 1: an MJML template starts with <mjml>")
    ]


@pytest.mark.parametrize("element", ["div", "mj-section", "mj-wrapper", "BR", "x:y"])
def test_mjml_nested_without_end_is_refused(element: str):
    """Nesting that would overflow the parser's stack never reaches it."""
    deep = f"<{element}>" * 5_000
    ((_, code, _),) = told(f"<mjml><mj-body>{deep}</mj-body></mjml>", "mjml")
    assert code == "template_too_large"
