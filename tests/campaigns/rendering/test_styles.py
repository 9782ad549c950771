"""Style sheets are inlined where that changes nothing else."""

import pytest

from tenantcrm.campaigns.rendering.plaintext import from_html
from tests.campaigns.rendering.mails import body, mail

SHEET = "<style>p { color: red } td { margin: 1px }</style>"


def test_rules_are_copied_and_media_queries_kept():
    """Clients that drop sheets show the colours; those that know screens keep their rules."""
    page = body(
        "<style>p{color:red} a:hover{color:blue} @media (max-width:9px){p{margin:0}}</style>"
        "<p>{{ contact.name }}</p>"
    )
    assert '<p style="color: red;">Ada</p>' in page
    assert "@media (max-width:9px){p{margin:0}}" in page
    assert "a:hover" in page
    assert "p{color:red}" not in page


def test_a_page_without_a_sheet_is_not_touched():
    """Nothing is parsed and written anew for no reason."""
    page = "<P  CLASS=x>{{ contact.name }}<br/>&nbsp;é"
    assert body(page) == page.replace("{{ contact.name }}", "Ada")


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("<table>{% for i in (1..2) %}<tr><td>{{ i }}</td></tr>{% endfor %}</table>", "1 2"),
        ("<ul>{% for i in (1..2) %}<li>{{ i }}</li>{% endfor %}</ul>", "* 1 * 2"),
        ("<p {% if contact.plan == 'pro' %}class='a'{% endif %}>{{ contact.name }}</p>", "Ada"),
        ("{% if contact.nope %}<div>{% endif %}a{% if contact.nope %}</div>{% endif %}b", "ab"),
        ("{% if contact.plan %}<p>a{% else %}<p>b{% endif %}</p>", "a"),
        ("<p title='{{ contact.name }}'>x</p>", "x"),
        ("<!--[if mso]>{{ contact.name }}<![endif]--><p>x</p>", "x"),
        ("<textarea>{{ contact.name }}</textarea>", "Ada"),
    ],
)
def test_liquid_works_the_same_beside_a_sheet(inner: str, expected: str):
    """Tags between rows, in attributes, across elements and in comments keep their places."""
    page = body(f"{SHEET}{inner}")
    assert " ".join(from_html(page).split()) == expected
    assert "lq" not in page
    assert "<!--lq" not in page


def test_rows_of_a_loop_are_styled():
    """A loop over rows does not keep a sheet from being inlined."""
    page = body(f"{SHEET}<table>\n{{% for i in (1..2) %}}<tr><td>a</td></tr>{{% endfor %}}</table>")
    assert page.count('<td style="margin: 1px;">a</td>') == 2
    assert page.count("<tbody>") == 1


@pytest.mark.parametrize(
    "page",
    [
        "<style>p { color: {{ contact.color }} }</style><p>x</p>",
        "<style>" + "p{a:b}" * 1_000 + "</style>" + "<p>x</p>" * 1_000,
    ],
)
def test_sheets_that_cannot_be_inlined_stay(page: str):
    """A sheet made by Liquid, or one too large, is sent as it is."""
    assert body(page, attributes={"color": "red"}) == page.replace("{{ contact.color }}", "red")


def test_a_remote_sheet_is_never_fetched():
    """A link to a sheet elsewhere is left to the reader's client."""
    link = '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">'
    assert "<p style=" in mail(f"<html><head>{link}{SHEET}</head><body><p>x</p></body></html>").html
