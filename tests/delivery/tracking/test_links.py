"""Start tags of links, read as a browser reads them."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantcrm.delivery.tracking.links import ANCHOR, LONGEST_TAG, decoded, read
from tenantcrm.signing import LONGEST_URL


@pytest.mark.parametrize(
    ("tag", "url"),
    [
        ('<a href="https://x.example/?a=1&amp;b=2">', "https://x.example/?a=1&b=2"),
        ('<a href="https://x.example/?a=1&copy=2">', "https://x.example/?a=1&copy=2"),
        ('<a href="https://x.example/?q=&copy;">', "https://x.example/?q=%C2%A9"),
        ('<a href="https://x.example/&#x41;&#66;">', "https://x.example/AB"),
        ("<A CLASS=x HREF='http://x.example:8080'>", "http://x.example:8080"),
        ("<a\n\thref = https://x.example/a/>", "https://x.example/a/"),
        ('<a/href="https://x.example"/>', "https://x.example"),
        ('<a href=" HTTPS://X.example/ü?ä#ö\n">', "HTTPS://X.example/%C3%BC?%C3%A4#%C3%B6"),
        ("<a title=\"href='https://no.example'\" href='https://x.example'>", "https://x.example"),
        ('<a href="https://x.example" href="https://second.example">', "https://x.example"),
        ('<a title="a > b" href="https://x.example">', "https://x.example"),
        ('<a data-track="on" href="https://x.example">', "https://x.example"),
        ('<a href="https://user:pass@x.example/[1]|{2}">', "https://user:pass@x.example/[1]|{2}"),
    ],
)
def test_where_a_link_leads(tag: str, url: str):
    """The address is what a browser would go to, whatever its quotes, case and references."""
    link = read(tag)
    assert link
    assert link.url == url
    assert ANCHOR.fullmatch(tag)


@pytest.mark.parametrize(
    "href",
    [
        "mailto:ada@example.com", "tel:+441234", "#part", "", "/relative", "//host.example/x",
        "javascript:alert(1)", "ftp://x.example", "https://", "https:///x", "https:x.example",
        "https://exämple.example/", "https://a b.example/", "https://x.example/a b",
        "https://x.example/\x01", "data:text/html,https://x.example",
        "https://x.example/" + "y" * LONGEST_URL,
    ],
)  # fmt: skip
def test_what_is_not_tracked(href: str):
    """Only addresses of the web with a host in ASCII that fit into a token are."""
    assert read(f'<a href="{href}">') is None


@pytest.mark.parametrize(
    "mark", ['data-track="off"', "data-track=OFF", "DATA-TRACK='off '", "ses:no-track"]
)
def test_what_its_author_keeps_out(mark: str):
    """A marked link is a link that is not tracked."""
    for tag in (f'<a href="https://x.example" {mark}>', f'<a {mark} href="https://x.example">'):
        link = read(tag)
        assert link
        assert link.url is None


def test_no_link():
    """Other attributes are no address, and an enormous tag is left alone."""
    assert read('<a data-href="https://x.example" name="x">') is None
    assert read("<a href>") is None
    assert read('<a x="' + "y" * LONGEST_TAG + '" href="https://x.example">') is None


class Parser(HTMLParser):
    """What the standard library finds in a tag."""

    found: dict[str, str | None]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag == "a"
        self.found = dict(reversed(attrs))


values = st.text(st.characters(codec="ascii", exclude_characters="\"'<>\\`=&\x00"), max_size=20)
attributes = st.lists(
    st.tuples(st.sampled_from(["class", "title", "id", "x-y"]), values, st.sampled_from("\"'")),
    max_size=4,
)


@given(attributes, attributes, st.sampled_from("\"'"))
def test_the_rest_of_a_tag_stays_as_it_was(before: list, after: list, quote: str):
    """Only the address changes: a parser finds every other attribute as it was."""
    around = [
        "".join(f" {name}={q}{value}{q}" for name, value, q in some) for some in (before, after)
    ]
    tag = f"<a{around[0]} href={quote}https://x.example/1{quote}{around[1]}>"
    link = read(tag)
    assert link
    old, new = Parser(), Parser()
    old.feed(tag)
    new.feed(f'{link.before}"https://y.example/2"{link.after}')
    assert new.found == old.found | {"href": "https://y.example/2"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("&amp;lt;", "&lt;"), ("&notit;", "&notit;"), ("&not", "¬"), ("a&b&", "a&b&"),
        ("&reg=1", "&reg=1"), ("&reg;=1", "®=1"), ("&#65=", "A="), ("&unknown;", "&unknown;"),
    ],
)  # fmt: skip
def test_references(written: str, meant: str):
    """Character references are read as in an attribute, not as in text."""
    assert decoded(written) == meant


@pytest.mark.parametrize(
    "page", ['<a x="' * 100_000, "<a " * 200_000, "<a x='" * 100_000, "<a" + " " * 500_000]
)
def test_a_hostile_page_is_one_pass(page: str):
    """A tag that nothing closes is found once and takes the rest with it."""
    found = list(ANCHOR.finditer(page))
    assert len(found) == 1
    assert found[0]["end"] is None
