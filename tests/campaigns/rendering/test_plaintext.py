"""The text part says what the page says, and where its links lead."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantcrm.campaigns.models import Format
from tenantcrm.campaigns.rendering import compile_message
from tenantcrm.campaigns.rendering.message import to_page
from tenantcrm.campaigns.rendering.plaintext import from_html, template_from
from tenantcrm.campaigns.rendering.shield import Shield
from tests.campaigns.rendering.mails import context, mail, words


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<h1>Hi</h1><p>You &amp; I&nbsp;</p>", "Hi\n\nYou & I"),
        ("<a href='https://a.example/?b=1&amp;c'>Go</a>", "Go (https://a.example/?b=1&c)"),
        ("<a href='https://a.example'>https://a.example</a>", "https://a.example"),
        (
            "<a href='https://a.example'><img src=x alt='Our shop'></a>",
            "Our shop (https://a.example)",
        ),
        ("<a href='https://a.example'><img src=x></a>", "https://a.example"),
        ("<a href='#top'>up</a> <a href='mailto:x@example.com'>write</a>", "up write"),
        ("<ul><li>a</li><li>b</li></ul>", "  * a\n  * b"),
        ("<ol><li>a</li><li>b</li></ol>", " 1. a\n 2. b"),
        ("a<br>b<hr>c", "a\nb\n---\nc"),
        (
            "<table><tr><td>Tea</td><td>$4</td></tr><tr><td>Milk</td><td>$1</td></tr></table>",
            "Tea $4\nMilk $1",
        ),
        ("<table><tr><td><p>Left</p></td><td><p>Right</p></td></tr></table>", "Left\n\nRight"),
        ("<title>t</title><style>p{}</style><script>x</script><!-- c --><p>y</p>", "y"),
        ("<div style='display: none'>hidden<!-- c --> too</div>seen", "seen"),
        ("<p style='padding-left:9999999px;margin-top:9999999px'>x</p>", "x"),
        ("<div>" * 3000 + "deep", "deep"),
    ],
)
def test_pages_become_text(html: str, text: str):
    """Headings, links, lists, pictures and tables read well without HTML."""
    assert from_html(html) == text
    assert words(html) == text


def test_links_with_values_show_them():
    """The URL of a link that holds a value is the contact's."""
    template = '<a href="https://a.example/?m={{ contact.email | url_encode }}">Go</a>'
    assert words(template) == "Go (https://a.example/?m=ada%40example.com)"


def test_markup_of_html_stays_out():
    """Filters that write HTML write none into the text part."""
    template = "<p>{{ contact.x | newline_to_br }}|{{ contact.y | escape }}</p>"
    assert words(template, attributes={"x": "a\nb", "y": "1<2"}) == "a\nb|1<2"


@pytest.mark.parametrize(
    "template",
    [
        "<p>{{ contact.name | default: '<i>you</i>' }}</p>",
        "<p>{{ contact.nope | default: 'a &amp; b' }}</p>",
        "<p>{% raw %}<b>{{</b>{% endraw %}</p>",
        "<!-- {% if contact.nope %} --><p>secret</p><!-- {% endif %} --><p>x</p>",
        "<div style='display:none'>{% if contact.nope %}<b>a</b>{% endif %}</div><p>x</p>",
        "<div {% if contact.nope %}></div><div {% endif %}>x</div>",
        "<title>{% assign x = 'b' %}</title><p>{{ x }}</p>",
    ],
)
def test_what_cannot_be_converted_ahead_is_converted_for_each_mail(template: str):
    """Where a text template would say something else, each mail's page is converted."""
    compiled = compile_message(subject="x", html_template=template)
    assert compiled.converts_each
    found = compiled.render(context())
    assert found.text == from_html(found.html) + "\n"


def test_most_templates_are_converted_ahead():
    """Branches, loops and values in text, tables and attributes do not cost a conversion a mail."""
    template = (
        "<title>{{ campaign.name }}</title>"
        "<body class='{% if contact.plan %}a{% else %}b{% endif %}'>"
        "<table>{% for i in (1..3) %}<tr><td bgcolor='{{ contact.color }}'>{{ i }}</td></tr>"
        "{% endfor %}</table>{% if contact.plan == 'pro' %}<p>Pro</p>{% endif %}"
        "<!--[if mso]>{% if a %}x{% endif %}<![endif]-->"
    )
    assert not compile_message(subject="x", html_template=template).converts_each
    assert words(template) == "1\n2\n3\n\nPro"


def test_numbers_of_a_list_with_a_loop_are_bullets():
    """A loop would number every point 1."""
    template = "<ol>{% for i in (1..2) %}<li>{{ i }}a</li>{% endfor %}</ol>"
    assert words(template) == "  * 1a\n  * 2a"


def test_a_branch_not_taken_leaves_no_hole():
    """There is never more than one empty line in a row."""
    template = "<p>a</p>" + "{% if contact.nope %}<p>b</p>{% endif %}" * 5 + "<p>c</p>"
    assert words(template) == "a\n\nc"


def test_an_empty_page_has_a_text_part():
    """A mail without words still has its footer as text."""
    assert mail("").text.startswith("---\nYou receive this mail")


SIMPLE = [
    "<p>one</p>", "two ", "{{ contact.name }}", "<b>{{ contact.plan }}</b> ", "<br>", "<hr>",
    "<a href='{{ unsubscribe_url }}'>{{ contact.name }}</a>", "<h2>three</h2>",
]  # fmt: skip
NESTED = [
    "{% if contact.plan == 'pro' %}[]{% else %}[]{% endif %}",
    "{% unless contact.seats == 3 %}[]{% endunless %}",
    "{% for i in (1..2) %}[]{% endfor %}",
    "<ul>{% for i in (1..2) %}<li>[]</li>{% endfor %}</ul>",
    "<table>{% for i in (1..2) %}<tr><td>[]</td><td>[]</td></tr>{% endfor %}</table>",
    "<div title='{% if a %}b{% endif %}'>[]</div>",
    "[][]",
]


def _fill(outer: str, first: str, second: str) -> str:
    return outer.replace("[]", first, 1).replace("[]", second)


BLOCKS = st.recursive(
    st.sampled_from(SIMPLE),
    lambda inner: st.builds(_fill, st.sampled_from(NESTED), inner, inner),
    max_leaves=8,
)


@given(BLOCKS, st.sampled_from(["pro", "free"]), st.sampled_from([3, 4]))
def test_a_text_template_says_what_converting_the_mail_says(html: str, plan: str, seats: int):
    """Converting ahead and converting each mail give the same words in the same order."""
    shield = Shield(html)
    assert template_from(to_page(shield, Format.HTML), shield) is not None
    found = mail(
        html + "{{ unsubscribe_url }}{{ tenant.postal_address }}",
        attributes={"plan": plan, "seats": seats},
    )
    ahead, each = (re.sub(r"\s|\*", "", text) for text in (found.text, from_html(found.html)))
    assert ahead == each
