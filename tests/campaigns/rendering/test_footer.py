"""Every mail has a way out and a postal address, whatever its template says."""

import pytest

from tests.campaigns.rendering.mails import URL, mail

LINK = f'href="{URL}"'


@pytest.mark.parametrize(
    ("form", "source"),
    [
        ("html", "<html><body><p>Hi</p></body></html>"),
        ("html", "<p>Hi"),
        ("html", ""),
        ("html", "{% comment %}{{ unsubscribe_url }}{% endcomment %}"),
        ("html", "{% raw %}{{ unsubscribe_url }}{% endraw %}"),
        ("html", "<!-- {{ unsubscribe_url }} {{ tenant.postal_address }} -->"),
        ("markdown", "<!-- {{ unsubscribe_url }} -->"),
        ("markdown", "# Hi"),
        ("mjml", "<mjml><mj-body><mj-section></mj-section></mj-body></mjml>"),
    ],
)
def test_a_template_without_the_link_gets_it(form: str, source: str):
    """HTML and text end with why, who, where and the link."""
    found = mail(source, form=form)
    assert LINK in found.html
    assert "1 Main Street<br />\nLondon" in found.html
    assert "Vinr &amp; Sons" in found.html
    assert found.text.endswith(
        "You receive this mail because you are a contact of Vinr & Sons.\n"
        f"1 Main Street\nLondon\nUnsubscribe: {URL}\n"
    )


def test_the_footer_is_inside_the_body():
    """It comes after the content and before the end of the page."""
    html = mail("<html><body><p>Hi</p></BODY></html>\n").html
    assert html.index("<p>Hi</p>") < html.index(LINK) < html.index("</BODY>")


def test_a_template_with_its_own_link_gets_the_address_alone():
    """The link is not doubled; the address, which the law asks for, is added."""
    found = mail('<a href="{{ unsubscribe_url }}">out</a>')
    assert found.html.count(URL) == 1
    assert found.text.count(URL) == 1
    assert "1 Main Street<br />\nLondon" in found.html
    assert found.text.endswith("Vinr & Sons\n1 Main Street\nLondon\n")


def test_a_template_with_link_and_address_gets_nothing():
    """Who has both writes the whole mail."""
    found = mail('<p>{{ tenant.postal_address }} <a href="{{ unsubscribe_url }}">out</a></p>')
    assert found.html == f'<p>1 Main Street\nLondon <a href="{URL}">out</a></p>'
    assert found.text == f"1 Main Street\nLondon out ({URL})\n"


def test_a_template_with_the_address_alone_gets_the_link():
    """The address is not doubled."""
    found = mail("<p>{{ tenant.postal_address }}</p>")
    assert found.html.count("London") == 1
    assert LINK in found.html
    assert found.text.count("London") == 1
    assert found.text.endswith(f"Unsubscribe: {URL}\n")


@pytest.mark.parametrize(
    "template",
    [
        "<html><body>{% if contact.plan == 'x' %}{{ unsubscribe_url }}{% endif %}</body></html>",
        "{% assign out = unsubscribe_url %}",
        "{% capture out %}{{ unsubscribe_url }}{% endcapture %}",
        "<!-- {% if false %}{{ unsubscribe_url }}{% endif %} -->",
        "{{ unsubscribe_url | slice: 0, 5 }}",
        "{% for x in contact.nothing %}{{ unsubscribe_url }}{% endfor %}",
    ],
)
def test_a_link_that_is_named_but_not_written_is_added(template: str):
    """A branch not taken leaves nobody without a way out."""
    found = mail(template)
    assert LINK in found.html
    assert URL in found.text


def test_a_tenant_without_an_address_leaves_no_gap():
    """Without an address there is no empty line in its place."""
    found = mail("<p>Hi</p>", postal_address="")
    assert "Sons.<br><a" in found.html
    assert found.text.endswith(f"Sons.\nUnsubscribe: {URL}\n")


def test_the_link_is_escaped_in_html():
    """A URL with an ampersand is one in the HTML, too, and counts as written."""
    found = mail('<a href="{{ unsubscribe_url }}">x</a>', unsubscribe_url=f"{URL}?a=1&b=2")
    assert found.html.count("?a=1") == 1
    assert f'href="{URL}?a=1&amp;b=2"' in found.html
