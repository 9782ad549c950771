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
from tests.isolation.routes import PARAMETER, on

LINK = re.compile(r'(?:href|src|hx-get|action)="(/[^"#]*)')
NO_PAGES = (
    "/healthz", "/readyz", "/metrics", "/openapi.json", "/static/", "/o/", "/c/",
)  # fmt: skip
"""What GET answers and nobody reads as a page."""
MOST = 400
"""Answers that a crawl reads at most: of each route a few."""
PER_ROUTE = 4


@dataclass(frozen=True)
class Found:
    """``pages``: addresses of pages. ``missing``: routes of which no address is known."""

    pages: list[str]
    missing: list[str]


def pattern_of(path: str) -> re.Pattern[str]:
    """What the addresses of a route look like."""
    return re.compile("^" + PARAMETER.sub("[^/]+", re.escape(path).replace("\\", "")) + "$")


def crawl(client: httpx.Client, planes: tuple[str, ...], known: list[str]) -> Found:
    """Every page of these planes, found from ``known`` addresses and those without parameters."""
    paths = [path for method, path in on(*planes) if method == "GET"]
    paths = [path for path in paths if not path.startswith(NO_PAGES)]
    # What is written out is told from what is a parameter there: /contacts/new is no contact.
    plain = {path for path in paths if "{" not in path}
    patterns = {path: pattern_of(path) for path in paths}
    seen: dict[str, list[str]] = {path: [] for path in paths}
    pages: list[str] = []
    waiting, met = [*sorted(plain), *known], set[str]()
    while waiting and len(met) < MOST:
        address = waiting.pop(0)
        path = urlsplit(address).path.rstrip("/") or "/"
        route = path if path in plain else next(
            (r for r, p in patterns.items() if "{" in r and p.match(path)), None
        )  # fmt: skip
        if route is None or address in met or len(seen[route]) >= PER_ROUTE:
            continue
        met.add(address)
        answer = client.get(address)
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            continue
        seen[route].append(address)
        if "text/html" in answer.headers.get("content-type", ""):
            if (
                "<html" in answer.text
                and "sandbox" not in answer.headers["content-security-policy"]
            ):
                pages.append(address)
            waiting += [unescape(found) for found in LINK.findall(answer.text)]
    return Found(
        _one_each(pages, patterns, plain), [route for route, own in seen.items() if not own]
    )


def _one_each(pages: list[str], patterns: dict[str, re.Pattern[str]], plain: set[str]) -> list[str]:
    """The first page of each route."""
    first: dict[str, str] = {}
    for address in pages:
        path = urlsplit(address).path.rstrip("/") or "/"
        route = path if path in plain else next(r for r, p in patterns.items() if p.match(path))
        first.setdefault(route, address)
    return list(first.values())


def mailed_links(sandbox: Running, email: str) -> list[str]:
    """The addresses of ours that mails to somebody lead to."""
    found = []
    for mail in sandbox.inbox(email):
        found += [urlsplit(url).path for url in re.findall(r"https?://\S+", mail["text"])]
    return [path for path in found if path.count("/") > 1]


def operator(sandbox: Running) -> httpx.Client:
    """Somebody of the operator console, signed in."""
    email = "walker@operator.example"
    made = sandbox.command("operators", "create", email, "--json")
    link = urlsplit(made["set_password_url"]).path
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
