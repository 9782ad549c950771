"""One address of every page that there is: from the routes, and from the links that lead there.

A new page is found by itself as soon as a page links to it. One that nothing links to and that has
parameters of its own has to be given here, or the walk fails.
"""

import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

import httpx

from tests.browser.customers import Customer
from tests.fixtures.sandbox import Running
from tests.fixtures.web import CSRF, PASSWORD
from tests.gallery.business import Business
from tests.isolation.routes import filled, names_in, on

LINK = re.compile(r'(?:href|src|hx-get|action)="(/[^"#]*)')
NO_PAGES = (
    "/healthz", "/readyz", "/metrics", "/openapi.json", "/static/", "/o/", "/c/",
)  # fmt: skip
"""What GET answers and nobody reads as a page."""
STREAMS = ("/events",)
"""What never ends."""
MOST = 400
"""Answers that a crawl reads at most: of each route a few."""
PER_ROUTE = 4


@dataclass(frozen=True)
class Found:
    """``by_route``: an address of each page. ``missing``: routes of which none is known."""

    by_route: dict[str, str]
    missing: list[str]

    @property
    def pages(self) -> list[str]:
        """The addresses."""
        return list(self.by_route.values())


def pattern_of(path: str) -> re.Pattern[str]:
    """What the addresses of a route look like; a group for each parameter."""
    parts = (re.escape(part) for part in re.split(r"\{\w+:\w+\}", path))
    return re.compile("([^/]+)".join(parts) + "$")


def crawl(client: httpx.Client, planes: tuple[str, ...], known: list[str]) -> Found:
    """Every page of these planes, found from ``known`` addresses and those without parameters."""
    every = {
        path
        for _, path in on(*planes)
        if not path.startswith(NO_PAGES) and not path.endswith(STREAMS)
    }
    paths = sorted({path for method, path in on(*planes) if method == "GET"} & every)
    # What is written out is told from what is a parameter there: /contacts/new is no contact.
    plain = {path for path in paths if "{" not in path}
    patterns = {path: pattern_of(path) for path in paths if path not in plain}
    forms = {path: pattern_of(path) for path in every if "{" in path}
    written = {path for path in every if "{" not in path}
    answered: dict[str, int] = dict.fromkeys(paths, 0)
    values: dict[frozenset[str], dict[str, str]] = {}
    pages: dict[str, str] = {}
    waiting, met = [*known, *sorted(plain)], set[str]()

    def ask(address: str, route: str) -> None:
        met.add(address)
        answer = client.get(address)
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            return
        answered[route] += 1
        if "text/html" not in answer.headers.get("content-type", ""):
            return
        # A mail in its frame is a customer's own, under a policy of its own.
        if "<html" in answer.text and "sandbox" not in answer.headers["content-security-policy"]:
            pages.setdefault(route, address)
        for names, own in _parameters(answer.text, forms, written).items():
            values.setdefault(names, own)
        waiting.extend(unescape(found) for found in LINK.findall(answer.text))

    while waiting and len(met) < MOST:
        address = waiting.pop(0)
        path = urlsplit(address).path.rstrip("/") or "/"
        route = path if path in plain else next(
            (route for route, pattern in patterns.items() if pattern.match(path)), None
        )  # fmt: skip
        if route is not None and address not in met and answered[route] < PER_ROUTE:
            ask(address, route)
    # What no page links to, such as parts that a page asks for after something was done.
    for route in [route for route, times in answered.items() if not times]:
        names = frozenset(names_in(route))
        if names in values:
            ask(filled(route, values[names]), route)
    return Found(pages, [route for route, times in answered.items() if not times])


def _parameters(
    text: str, patterns: dict[str, re.Pattern[str]], written: set[str]
) -> dict[frozenset[str], dict[str, str]]:
    """What stands for parameters in the addresses of a page, those of its forms included.

    By the names that an address has together: a message belongs to its campaign.
    """
    found: dict[frozenset[str], dict[str, str]] = {}
    for address in LINK.findall(text):
        path = urlsplit(address).path
        for route, pattern in patterns.items():
            if path not in written and (match := pattern.match(path)):
                values = dict(zip(names_in(route), match.groups(), strict=True))
                found.setdefault(frozenset(values), values)
    return found


def recipients_token(business: Business) -> str:
    """The token of a link as recipients get it, in a preview: it unsubscribes nobody."""
    campaign, message = business.main["id"], business.main["messages"][0]["id"]
    address = f"/campaigns/{campaign[4:]}/messages/{message[4:]}/preview"
    shown = business.customer.pages.get(address)
    return shown.text.split("/u/")[1].split('"')[0]


def mailed_links(sandbox: Running, email: str) -> list[str]:
    """The addresses of ours that mails to somebody lead to."""
    found = []
    for mail in sandbox.inbox(email):
        found += [urlsplit(url).path for url in re.findall(r"https?://\S+", mail["text"])]
    return [path for path in found if path.count("/") > 1]


def operators_link(sandbox: Running, email: str) -> str:
    """Where somebody who is new to the operator console sets a password."""
    made = sandbox.command("operators", "create", email, "--json")
    return urlsplit(made["set_password_url"]).path


def operator(sandbox: Running) -> httpx.Client:
    """Somebody of the operator console, signed in."""
    email, link = "walker@operator.example", operators_link(sandbox, "walker@operator.example")
    client = httpx.Client(base_url=sandbox.url, timeout=60)
    for path, fields in (
        (link, {"password": PASSWORD}),
        ("/operator/sign-in", {"email": email, "password": PASSWORD}),
    ):
        token = CSRF.search(client.get(path).text)
        assert token, path
        client.post(path, data=fields | {"_csrf_token": token.group(1) or token.group(2)})
    return client


def forgotten(customer: Customer) -> None:
    """Have a link to a new password mailed."""
    customer.post("/settings/account/password", "/settings/account")
