"""Markdown and MJML become pages, with their Liquid whole."""

from tests.campaigns.rendering.mails import URL, mail

MJML = (
    '<mjml><mj-body background-color="{{ contact.color }}">\n<mj-raw>{% for i in (1..2) %}</mj-raw>'
    "<mj-section><mj-column><mj-text>Hi <b>{{ contact.name | default: 'a & \"b\"' }}</b> {{ i }}"
    '</mj-text><mj-button href="{{ unsubscribe_url }}">Out</mj-button></mj-column></mj-section>'
    "<mj-raw>{% endfor %}</mj-raw></mj-body></mjml>"
)


def test_markdown_becomes_a_page():
    """Headings, links and emphasis are HTML; the text part reads like the source."""
    found = mail(
        "# Hi {{ contact.name }}\n\nSee *this*: [out]({{ unsubscribe_url }})", form="markdown"
    )
    assert "Hi Ada</h1>" in found.html
    assert f'<a href="{URL}"' in found.html
    assert "<em>this</em>" in found.html
    assert found.text.startswith(f"Hi Ada\n\nSee this: out ({URL})\n")


def test_markdown_does_not_read_liquid():
    """Signs of Markdown inside a tag are the tag's; a value is never Markdown."""
    source = "{{ contact.x | append: '*a* _b_ <' }}"
    found = mail(source, form="markdown", attributes={"x": "**c**\n\n# d"})
    assert "<p>**c**\n\n# d*a* _b_ <</p>" in found.html


def test_markdown_loops_over_points():
    """A tag on a line of its own makes no paragraph and ends no list."""
    source = "{% for i in (1..2) %}\n- point {{ i }}\n{% endfor %}\n\nEnd"
    found = mail(source, form="markdown")
    assert found.html.count("<li>") == found.html.count("</li>") == 2
    assert found.html.count("<ul>") == found.html.count("</ul>")
    assert "<p></p>" not in found.html
    assert found.text.startswith("  * point 1\n  * point 2\n\nEnd\n")


def test_markdown_shows_tags_in_code():
    """A tag inside code is still Liquid."""
    assert "<code>Ada" in mail("`{{ contact.name }}`", form="markdown").html
    page = mail("```\n{% if contact.plan %}\nx\n{% endif %}\n```", form="markdown").html
    assert "{%" not in page
    assert "lq" not in page


def test_mjml_becomes_a_page():
    """Components become tables that every client lays out; loops around sections work."""
    found = mail(MJML, form="mjml", attributes={"color": "#abcdef"})
    assert found.html.lower().startswith("<!doctype html>")
    assert "<mj-" not in found.html
    assert found.html.count("<b>Ada</b>") == 2
    assert "#abcdef" in found.html
    assert found.text.startswith(f"Hi Ada 1\nOut ({URL})\n")


def test_mjml_asks_no_third_party_for_fonts():
    """The reader's client is not sent to a font server that the author did not name."""
    assert "fonts.googleapis" not in mail(MJML, form="mjml").html


def test_mjml_quotes_do_not_end_attributes():
    """A default with quotes or an ampersand inside an attribute stays what it is."""
    page = mail(MJML, form="mjml", name=None, attributes={}).html
    assert '<b>a & "b"</b>' in page
