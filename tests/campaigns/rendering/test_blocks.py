"""Mails of blocks: what they become, and what is told when they cannot be read."""

import json
from typing import Any

import pytest

from tenantcrm.campaigns.rendering import check_template
from tests.campaigns.rendering.mails import URL, mail


def of(*blocks: dict[str, Any], **design: str) -> str:
    return json.dumps({"blocks": list(blocks), "design": design})


def told(source: str) -> list[tuple[str, str]]:
    return [(e.code, e.message) for e in check_template("Hello", source, "blocks")]


def html(*blocks: dict[str, Any], **changed: Any) -> str:
    source = of(*blocks)
    assert told(source) == []
    return mail(source, form="blocks", **changed).html


def test_every_block_becomes_a_mail():
    """Each block is laid out, and the text part says the same with its addresses."""
    source = of(
        {"type": "heading", "text": "Hi {{ contact.name }}", "level": 2},
        {"type": "text", "text": "See *this*:\n\n- [one](https://a.example/?x=1&y=2)\n- two"},
        {"type": "button", "text": "Go", "url": "https://b.example/{{ contact.plan }}"},
        {"type": "image", "url": "https://c.example/i.png", "alt": "A cup", "width": 200},
        {"type": "divider"},
        {"type": "spacer", "height": 40},
        {"type": "columns", "columns": [
            [{"type": "text", "text": "Left"}], [{"type": "text", "text": "Right"}],
        ]},
        accent="#aa3311", background="#000000",
    )  # fmt: skip
    assert told(source) == []
    found = mail(source, form="blocks")
    assert "Hi Ada</h2>" in found.html
    assert 'href="https://a.example/?x=1&amp;y=2"' in found.html
    assert 'href="https://b.example/pro"' in found.html
    assert 'src="https://c.example/i.png"' in found.html
    assert "#aa3311" in found.html
    assert "height:40px" in found.html
    assert found.text.startswith(
        "Hi Ada\n\nSee this:\n\n  * one (https://a.example/?x=1&y=2)\n  * two\n"
        "Go (https://b.example/pro)\nA cup\n"
    )
    assert found.text.index("Left") < found.text.index("Right")
    assert URL in found.html
    assert URL in found.text


def test_markup_in_texts_is_shown_as_it_is_written():
    """HTML in a block is text; a value of a contact is neither HTML nor Markdown."""
    page = html(
        {"type": "heading", "text": "<script>a & b</script>"},
        {"type": "text", "text": "<b>x</b> {{ contact.name }}"},
        {"type": "image", "url": "https://a.example/x.png", "alt": '" onload="x'},
        name="*A* <i>",
    )
    assert "<script>" not in page
    assert "&lt;b&gt;x" in page
    assert "*A* &lt;i&gt;" in page
    assert 'onload="' not in page


def test_conditions_inside_a_text():
    """A text may hold a condition with a comparison, around paragraphs and inside a line."""
    text = "Hi{% if contact.seats < 5 %} you{% endif %}\n\n{% if contact.x %}\n\nX\n\n{% endif %}"
    page = html({"type": "text", "text": text})
    assert "Hi you" in page
    assert ">X<" not in page
    assert "{%" not in page


def test_own_way_out_needs_no_other():
    """A block with the link to leave takes the place of the footer's."""
    page = html(
        {"type": "text", "text": "[Leave]({{ unsubscribe_url }}) {{tenant.postal_address}}"}
    )
    assert page.count(URL) == 1


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("", "expected JSON"),
        ("{", "expected JSON"),
        ("[" * 100_000, "expected an object"),
        ("[]", "expected an object, got a list"),
        ('{"blocks": []}', "at least one block"),
        (of({"type": "video"}), "a block is one of heading, text"),
        (of({"type": "text", "text": 4}), "Block 1, text: expected a text, got a whole number"),
        (of({"type": "text", "txet": "x"}), "the field txet is not known"),
        (of({"type": "divider"}, {"type": "spacer", "height": 999}), "Block 2, height: expected a"),
        (of({"type": "heading", "text": "x" * 501}), "of at most 500 characters"),
        (of({"type": "button", "align": "up"}), "up is none of the choices"),
        (of({"type": "columns", "columns": [[]]}), "of at least 2"),
        (
            of({"type": "columns", "columns": [[], [{"type": "columns", "columns": [[], []]}]]}),
            "Block 1, column 2, block 1",
        ),
        (of(*[{"type": "divider"}] * 101), "at most 100 blocks; this has 101"),
        (of({"type": "divider"}, accent="red"), "design, accent: expected a colour such as"),
        (
            of({"type": "divider"}, {"type": "text", "text": "a\n{% if x %}"}),
            "Block 2 (text), text line 2: {% if %} is never closed",
        ),
        (of({"type": "button", "url": "{{ contact.name"}), "Block 1 (button), url"),
    ],
)  # fmt: skip
def test_faults_name_the_block(source: str, words: str):
    """What cannot be read is refused in words, with the block and the field."""
    [(code, message)] = told(source)
    assert words in message
    assert code in {"blocks_syntax", "template_syntax", "template_too_large"}


def test_hostile_texts_end():
    """Neither brackets without end nor a text at its longest keep the parser busy."""
    [(code, _)] = told(of({"type": "text", "text": "[" * 10_000}))
    assert code == "template_too_large"
    assert told(of({"type": "text", "text": "*a " * 6_000})) == []
