"""What a look at a message finds, and where."""

import json
from typing import Any

import pytest

from tenantcrm.campaigns.preflight import Finding, Known, Level, blocking, look
from tenantcrm.campaigns.schemas import MessageInput
from tenantcrm.campaigns.states import Format


def looked(
    template: str,
    template_format: str = "html",
    *,
    subject: str = "Hello",
    known: Known | None = None,
    shown: str | None = None,
    size: int = 0,
) -> list[Finding]:
    message = MessageInput(
        subject=subject, send_day=0, html_template=template, format=Format(template_format)
    )
    return [
        f
        for f in look(message, known, subject=shown, size=size)
        if f.code != "unsubscribe_in_footer"
    ]


def codes(
    template: str, template_format: str = "html", **more: Any
) -> list[tuple[str, int | None]]:
    """Codes with the line, or the block."""
    return [
        (f.code, f.place.line or f.place.block) for f in looked(template, template_format, **more)
    ]


GOOD = '<p>Hi {{ contact.name | default: "you" }}</p>\n<a href="https://a.example">Our cellar</a>'


def test_a_good_message_has_no_findings():
    assert codes(GOOD) == []
    assert (
        look(MessageInput(subject="Hi", send_day=0, html_template=GOOD + "{{ unsubscribe_url }}"))
        == []
    )


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("a\n{{ contact.plan }}", [("no_fallback", 2)]),
        ("{{ contact['plan'] }}", [("no_fallback", 1)]),
        ("{{ contact.plan | upcase }}", [("no_fallback", 1)]),
        ("{{ contact.plan | append: '| default: ' }}", [("no_fallback", 1)]),
        ("{{ contact.plan | default: 'x' }}{{ contact.email }}", []),
        ("{% if contact.plan %}\n{{ contact.plan }}{% endif %}", []),
        ("{% if contact.plan %}{{ contact.seats }}{% endif %}{{ contact.plan }}",
         [("no_fallback", 1), ("no_fallback", 1)]),
        ("{% case contact.plan %}{% when 'a' %}{{ contact.plan }}{% endcase %}", []),
        ("{% assign x = contact.plan | default: 'y' %}{{ x }}{{ tenant.name }}{{ now }}", []),
        ("{{ first_name }}", [("unknown_variable", 1)]),
        ("{{ tenant.nmae }}", [("unknown_variable", 1)]),
        ("{% raw %}{{ contact.plan }}{% endraw %}", []),
        ('<a href="https://a.example/{{ contact.id }}">Cellar</a>', [("no_fallback", 1)]),
        ("<p>\n\n<a href=''>Cellar</a>", [("link_without_url", 3)]),
        ("<a href='https://'>Cellar</a><a>Cellar</a><a href='#'>Cellar</a>",
         [("link_without_url", 1)] * 3),
        ("<a name='top'></a><a href='mailto:a@b.example'>Write</a>", []),
        ("<a href='www.a.example'>Cellar</a>", [("link_without_scheme", 1)]),
        ("<a href='http://a.example'>Cellar</a>", [("link_http", 1)]),
        ("<a href='https://a.example'>Click  <b>here</b>!</a>", [("link_vague", 1)]),
        ("<a href='https://a.example'></a>", [("link_without_words", 1)]),
        ("<a href='https://a.example'><img src='https://a.example/x.png' alt='Cellar'></a>", []),
        ("<!-- <a href=''>x</a> --><a href='{{ unsubscribe_url }}'>Leave</a>", []),
        ("a\n<img src='https://a.example/x.png'>", [("image_without_alt", 2)]),
        ("<img src='https://a.example/x.png' alt=''>", []),
        ("<img alt='x'>", [("image_without_url", 1)]),
        ("<img alt='x' src='x.png'>", [("image_without_scheme", 1)]),
        ("<img alt='x' src='data:image/png;base64,x'>", [("image_embedded", 1)]),
    ],
)  # fmt: skip
def test_html(template: str, found: list[tuple[str, int]]):
    """Each thing is found once, on its line."""
    assert codes(template) == found


def test_mjml():
    """Buttons and pictures of MJML are links and images."""
    source = (
        "<mjml><mj-head><mj-attributes><mj-button /><mj-image /></mj-attributes></mj-head>"
        "<mj-body><mj-section><mj-column>\n<mj-button>Cellar</mj-button>\n"
        '<mj-image src="https://a.example/x.png" href="" />\n</mj-column></mj-section>'
        "</mj-body></mjml>"
    )
    assert codes(source, "mjml") == [
        ("link_without_url", 2), ("link_without_url", 3),
        ("image_without_alt", 3),
    ]  # fmt: skip


def test_markdown():
    """Links of Markdown and of HTML in it are found on their lines."""
    source = (
        "# A\n\ntext\n[Cellar]()\n\n![](https://a.example/x.png)\n\n<div>\n<a href=''>Cellar</a>\n"
        "</div>\n\n[here](https://a.example) `[x]()`\n"
    )
    assert codes(source, "markdown") == [
        ("link_without_url", 4), ("link_without_url", 9),
        ("image_without_alt", 6), ("link_vague", 12),
    ]  # fmt: skip


def test_blocks():
    """What stands in a block names it, counted through the columns."""
    source = json.dumps({"blocks": [
        {"type": "columns", "columns": [
            [{"type": "text", "text": "[x]() {{ contact.plan }}"}],
            [{"type": "button", "text": "Cellar", "url": ""}],
        ]},
        {"type": "image", "url": "https://a.example/x.png"},
        {"type": "text", "text": "<a href=''>shown as it is written</a>"},
    ]})  # fmt: skip
    assert codes(source, "blocks") == [
        ("no_fallback", 2), ("link_without_url", 2), ("link_without_url", 3),
        ("image_without_alt", 4),
    ]  # fmt: skip
    [broken] = looked(
        json.dumps({"blocks": [{"type": "divider"}, {"type": "text", "text": "{%"}]}), "blocks"
    )
    assert (broken.level, broken.place.block) == (Level.ERROR, 2)


def test_readers_are_counted():
    """A missing value says of how many; what the filter asks for is there."""
    known = Known(certain=frozenset({"language"}), missing={"plan": 12}, looked_at=340)
    [found] = looked("{{ contact.language }}{{ contact.plan }}", known=known)
    assert "12 of 340 matching contacts have none" in found.message
    assert blocking([found]) == [found]


@pytest.mark.parametrize(
    ("subject", "seen", "found"),
    [
        ("Hello {{ contact.plan }}", {}, ["no_fallback"]),
        ("{% if contact.plan %}x{% endif %}", {"shown": ""}, ["subject_empty"]),
        ("x" * 79, {}, ["subject_long"]),
        ("LAST CHANCE", {}, ["subject_capitals"]),
        ("OK", {}, []),
        ("Hi", {"size": 95_000}, ["too_large"]),
    ],
)
def test_subject_and_size(subject: str, seen: dict[str, Any], found: list[str]):
    assert [f.code for f in looked(GOOD, subject=subject, **seen)] == found


def test_faults_are_errors_with_their_line():
    """What keeps a message from being saved is told alike; two megabytes are refused in words."""
    [found] = looked("a\n\n{% if x %}")
    assert (found.level, found.code, found.place.line) == (Level.ERROR, "template_syntax", 3)
    assert found.message.startswith("{% if %} is never closed")
    [large] = looked("x" * 2_000_000)
    assert "at most 1,000,000 bytes" in large.message


def test_more_than_anybody_reads_is_cut():
    assert len(looked("<a href=''>x</a>" * 1_000)) == 50
