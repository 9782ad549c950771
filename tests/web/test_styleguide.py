"""The components and layouts, as HTML: valid under the CSP, well tied together, documented."""

import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from tenantcrm.web import sheets
from tenantcrm.web.styleguide import styleguide_context
from tenantcrm.web.templating import STATIC, TEMPLATES, template_environment
from tests.web.pages import TOKEN, render_pages

PAGES = render_pages()


class _Page(HTMLParser):
    """The elements of a page, in order: (tag, attributes)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def all(self, name: str) -> list[str]:
        return [a[name] or "" for _, a in self.elements if name in a]


@pytest.fixture(params=sorted(PAGES))
def page(request: pytest.FixtureRequest) -> _Page:
    return _Page(PAGES[request.param])


def test_csp(page: _Page) -> None:
    """No page has an inline style, an inline script or an inline handler."""
    for tag, attrs in page.elements:
        assert tag != "style"
        assert tag != "script" or attrs.get("src", "").startswith("/static/")
        bad = [a for a in attrs if a == "style" or a.startswith(("on", "hx-on"))]
        assert not bad, (tag, attrs)


def test_ids_are_unique(page: _Page) -> None:
    """No id stands twice on a page."""
    assert [i for i, n in Counter(page.all("id")).items() if n > 1] == []


def test_references_lead_somewhere(page: _Page) -> None:
    """Every label, description, datalist and inner link names an element that is there."""
    ids = set(page.all("id"))
    named = [*page.all("for"), *page.all("list"), *page.all("data-dialog")]
    for name in ("aria-describedby", "aria-labelledby"):
        named += [i for value in page.all(name) for i in value.split()]
    assert not set(named) - ids
    # The example table's own rows are the one place where links have nothing to lead to.
    links = {h[1:] for h in page.all("href") if h.startswith("#") and not h.startswith("#con_")}
    assert not links - ids


def test_controls_are_named(page: _Page) -> None:
    """Every control that a person fills in has a label."""
    labelled = set(page.all("for"))
    for tag, attrs in page.elements:
        if tag in {"input", "select", "textarea"} and attrs.get("type") != "hidden":
            assert attrs["id"] in labelled, attrs


def test_icons_exist(page: _Page) -> None:
    """Every icon a page shows is in the sprite."""
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))
    used = {h.split("#")[1] for h in page.all("href") if "icons.svg" in h}
    assert used <= sprite


def test_assets_exist(page: _Page) -> None:
    """Every stylesheet, script and font a page asks for is one of our own files."""
    for address in [*page.all("src"), *page.all("href")]:
        assert not address.startswith(("http:", "https:", "//"))
        if address.startswith("/static/"):
            assert _file(address)


def test_post_forms_carry_the_token() -> None:
    """Every POST form of a signed-in page has the CSRF field; the recipient's page has none."""
    html = PAGES["/styleguide"]
    forms = re.findall(r'<form method="post".*?</form>', html, re.DOTALL)
    assert forms
    assert all(f'name="_csrf_token" value="{TOKEN}"' in form for form in forms)
    assert "_csrf_token" not in PAGES["/u/token"]


def test_recipients_page_has_no_script() -> None:
    """The recipient's page works without script because it has none."""
    assert "<script" not in PAGES["/u/token"]


def test_data_is_escaped() -> None:
    """Markup in data arrives as text, in components too."""
    assert "<script>alert(1)" not in PAGES["/styleguide"]
    assert "&lt;script&gt;alert(1)" in PAGES["/styleguide"]


def test_passwords_are_not_sent_back() -> None:
    """A password field never carries what was typed."""
    ui = template_environment().globals["ui"]
    assert "secret" not in ui.field("password", "Password", "secret", type="password")


def test_undefined_is_an_error() -> None:
    """A page that forgets one of its variables does not render."""
    env = template_environment()
    env.globals["csrf_token"] = lambda: TOKEN
    context = styleguide_context()
    del context["contacts"]
    with pytest.raises(Exception, match="contacts"):
        env.get_template("styleguide.html").render(context)


def test_every_component_is_shown_and_documented() -> None:
    """The README names each component, and a page or another component uses it."""
    readme = (TEMPLATES / "README.md").read_text()
    templates = "".join(file.read_text() for file in TEMPLATES.rglob("*.html"))
    # A toast belongs to a fragment: the style guide, a whole page, has no place for it.
    for name in set(vars(template_environment().globals["ui"])) - {"toast"}:
        assert f"{name}(" in readme, name
        assert re.search(rf"(?<!macro ){name}\(", templates), name


def test_first_view_is_small() -> None:
    """What a first view of the dashboard loads stays under 200 kB, before any compression."""
    page = _Page(PAGES["/styleguide"])
    # A sprite is one file however often it is used.
    files = {a.split("?")[0].split("#")[0] for a in [*page.all("src"), *page.all("href")]}
    assert sum(len(_file(f)) for f in files if f.startswith("/static/")) < 200_000


def _file(address: str) -> bytes:
    """What is at an address of ours."""
    path = address.split("?", maxsplit=1)[0].split("#", maxsplit=1)[0]
    return sheets.site() if path == sheets.PATH else (STATIC / path[8:]).read_bytes()
