import re
from urllib.parse import urljoin

import pytest

from tests.sandbox.ses.running import client_of, raw, running, simple

LINK = re.compile(r'(?:href|src|action)="([^"]+)"')
HTML = (
    b"From: Vinr <hi@example.com>\r\nSubject: %b\r\n"
    b"List-Unsubscribe: <https://example.com/u/token>, <javascript:alert(1)>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n\r\n%b"
)


def own_links(ses, page: str) -> set[str]:
    return {link.split("#")[0] for link in LINK.findall(page) if link.startswith("/")}


async def test_every_link_of_every_page_leads_somewhere(ses, client, someone):
    """From the list, whatever is linked answers, styles, icons and fonts too."""
    await client.send_email(**raw(HTML % (b"Linked", b"<p>Hello"), someone))
    seen: set[str] = set()
    ahead = {"/inbox?to=" + someone}
    while ahead:
        path = ahead.pop().replace("&amp;", "&")
        if path in seen or path == "/inbox/empty":
            continue
        seen.add(path)
        answer = ses.http.get(path)
        assert answer.status_code == 200, path
        if "/css/" in path:
            fonts = re.findall(r'url\("([^"]+)"\)', answer.text)
            ahead |= {urljoin(path, font) for font in fonts}
        if answer.headers["content-type"].startswith("text/html") and someone in path + answer.text:
            ahead |= own_links(ses, answer.text)
    assert any(path.endswith(".woff2") for path in seen)
    assert any("show=source" in path for path in seen)


async def test_pages_are_strict(ses, client, someone):
    """No page allows or holds inline code, and none is shown inside a foreign page."""
    await client.send_email(**raw(HTML % (b"Strict", b"<p>Hello"), someone))
    number = ses.messages(to=someone)[0]["id"]
    for path in ("/inbox", f"/inbox/{number}", "/inbox/nowhere", f"/inbox/{number}?show=source"):
        answer = ses.http.get(path)
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! src)", answer.text)


async def test_the_html_part_is_harmless(ses, client, someone):
    """A mail's HTML runs no script and sends no form, and its links open in a new tab."""
    html = b"<!DOCTYPE html><html lang=en><head><title>x</title></head><body><a href=/>y</a>"
    await client.send_email(**raw(HTML % (b"Harmless", html), someone))
    number = ses.messages(to=someone)[0]["id"]
    answer = ses.http.get(f"/inbox/{number}/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith(
        "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
        "style-src 'unsafe-inline'; img-src https: http: data:"
    )
    assert answer.text.startswith(
        '<!DOCTYPE html><html lang=en><head><base target="_blank"><title>x</title>'
    )
    page = ses.http.get(f"/inbox/{number}").text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page


@pytest.mark.parametrize(
    "html", ["<p>Hello", "Hello", "<body>Hello", "<!-- x --><!doctype html><p>", "<headline>x"]
)
async def test_the_base_comes_first(ses, client, someone, html):
    """Whatever shape the HTML has, all of it stays and one base is put in."""
    await client.send_email(**raw(HTML % (b"Base", html.encode()), someone))
    page = ses.http.get(f"/inbox/{ses.messages(to=someone)[0]['id']}/html").text
    assert page.replace('<base target="_blank">', "", 1) == html


async def test_what_a_mail_says_is_text(ses, client, someone):
    """Markup in headers, text or addresses is shown and never taken as markup."""
    attack = "<script>alert(1)</script>"
    sender = f'"{attack}" <hi@example.com>'
    await client.send_email(**simple(someone, attack, attack) | {"FromEmailAddress": sender})
    number = ses.messages(to=someone)[0]["id"]
    for path in ("/inbox", f"/inbox/{number}", f"/inbox/{number}?show=headers"):
        page = ses.http.get(path, params={"to": f'"{attack}'} if path == "/inbox" else None).text
        assert attack not in page


async def test_a_mail_at_a_glance(ses, client, someone):
    """The page of a mail shows sender, recipient, subject, time and the way to unsubscribe."""
    await client.send_email(**raw(HTML % (b"At a glance", b"<p>Hello"), someone))
    page = ses.http.get(f"/inbox/{ses.messages(to=someone)[0]['id']}").text
    for words in ("Vinr", "hi@example.com", someone, "At a glance", "UTC", "one-click"):
        assert words in page
    assert 'href="https://example.com/u/token"' in page
    assert 'href="javascript' not in page


async def test_search_and_paging(ses, client, someone):
    """The list finds a part of an address in any case, and pages reach each mail once."""
    for number in range(120):
        await client.send_email(**simple(f"p{number}.{someone}", str(number)))
    path, found = f"/inbox?to={someone.upper()[:10]}", []
    pages = 0
    while path:
        page = ses.http.get(path).text
        assert "120 <span" in page
        found += re.findall(r'class="subject">(\d+)<', page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path, pages = (older[1].replace("&amp;", "&") if older else ""), pages + 1
        newer = re.search(r'rel="prev" href="([^"]+)"', page)
    assert [int(number) for number in found] == list(range(119, -1, -1))
    assert pages == 3
    assert newer
    back = ses.http.get(newer[1].replace("&amp;", "&")).text
    assert re.findall(r'class="subject">(\d+)<', back) == [str(n) for n in range(69, 19, -1)]


async def test_from_mail_to_mail(ses, client, someone):
    """A mail leads to the next newer and older one of the same search."""
    for number in range(3):
        await client.send_email(**simple(someone, str(number)))
        await client.send_email(**simple("between@example.net"))
    first, second, third = (m["id"] for m in ses.messages(to=someone))
    page = ses.http.get(f"/inbox/{second}?to={someone}").text
    assert re.search(rf'rel="prev" href="/inbox/{third}\?', page)
    assert re.search(rf'rel="next" href="/inbox/{first}\?', page)


@pytest.mark.parametrize(
    "path",
    ["/inbox/999999999", "/inbox/nowhere", f"/inbox/{2**70}", "/nowhere", "/inbox/999999999/html"],
)
def test_a_page_that_is_not_there(ses, path):
    """What is not there is a page that says so and leads back."""
    answer = ses.http.get(path)
    assert answer.status_code in {400, 404}
    assert 'href="/inbox"' in answer.text


@pytest.mark.parametrize("asked", ["before=x", "after=-1", f"before={2**70}"])
def test_a_list_asked_wrongly(ses, asked):
    """An address that somebody broke is a page, not a failure."""
    answer = ses.http.get(f"/inbox?{asked}")
    assert answer.status_code == 400
    assert "That did not work" in answer.text


async def test_an_empty_inbox_teaches():
    """The first page says what comes here, and the commands that it shows do work."""
    with running() as simulator:
        page = simulator.http.get("/inbox")
        assert "No mail yet" in page.text
        assert "Empty the inbox" not in page.text
        commands = re.search(r"<code>(curl.*?)</code>", page.text, re.DOTALL)
        assert commands
        text = commands[1].replace("&#34;", '"').replace("&#39;", "'")
        for url, body in re.findall(r"curl (\S+) -d '(.*?)'", text, re.DOTALL):
            assert simulator.http.post(url, content=body).status_code == 200
        assert simulator.messages()[0]["subject"] == "Hello Ada"


async def test_emptying():
    """The button removes every mail; a foreign page cannot press it."""
    with running(None, "--verified", "example.com") as simulator:
        async with client_of(simulator) as client:
            await client.send_email(**simple("a@example.net"))
            await client.send_email(**simple("b@example.net"))
        assert "all 2 mails" in simulator.http.get("/inbox").text
        foreign = simulator.http.post("/inbox/empty", headers={"Origin": "http://evil.example"})
        assert foreign.status_code == 403
        assert len(simulator.messages()) == 2
        own = simulator.http.post("/inbox/empty", headers={"Origin": simulator.url})
        assert (own.status_code, own.headers["location"]) == (303, "/inbox")
        assert simulator.messages() == []


def test_the_bare_address(ses):
    """The bare address leads to the inbox."""
    answer = ses.http.get("/", follow_redirects=True)
    assert answer.url.path == "/inbox"
