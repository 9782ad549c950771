"""What leaves compressed, and what does not."""

import gzip
import re

import brotli
import pytest

from tests.fixtures.web import Visitor
from tests.web.dashboard.conftest import add_campaign, add_message

NAMED = re.compile(r'(?:href|src)="(/static/[^"]+)"')
ASSET = re.compile(r'"(/static/css/site\.css[^"]+)"')


async def raw(visitor: Visitor, path: str, encoding: str = "gzip") -> tuple[dict[str, str], bytes]:
    """The headers and the body as they come over the wire."""
    headers = {"Accept-Encoding": encoding}
    async with visitor.http.stream("GET", path, headers=headers) as answer:
        return dict(answer.headers), b"".join([part async for part in answer.aiter_raw()])


async def test_a_page(visitor: Visitor):
    """A page comes compressed to whoever takes it, and is the same page as without."""
    plain_headers, page = await raw(visitor, "/sign-in", "identity")
    headers, body = await raw(visitor, "/sign-in", "br, gzip")
    assert "content-encoding" not in plain_headers
    assert headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in headers["vary"]
    assert int(headers["content-length"]) == len(body)
    assert len(body) < len(page) / 2
    token = re.compile(
        rb'((?:csrf_token|_once)"[^>]*value="|x-csrftoken": ")[^"]+|https?://[^/]+|nonce'
    )
    assert token.sub(b"", gzip.decompress(body)) == token.sub(b"", page)


async def test_lengths_tell_nothing(visitor: Visitor):
    """The same page has many lengths: nobody learns a secret from how well it is compressed."""
    lengths = {len((await raw(visitor, "/sign-in"))[1]) for _ in range(12)}
    assert len(lengths) > 3


@pytest.mark.parametrize(
    ("taken", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br", "br"),
    ],
)
async def test_an_asset(visitor: Visitor, taken: str, coding: str):
    """The sheets of a page come as one file, as small as the browser takes it, for good."""
    found = ASSET.search((await visitor.get("/sign-in")).text)
    assert found
    headers, body = await raw(visitor, found[1], taken)
    assert headers["content-encoding"] == coding
    assert headers["content-type"].startswith("text/css")
    assert "Accept-Encoding" in headers["vary"]
    assert "immutable" in headers["cache-control"]
    plain = (await raw(visitor, found[1], "identity"))[1]
    assert (brotli if coding == "br" else gzip).decompress(body) == plain
    assert len(body) < len(plain) / 4
    for sheet in ("tokens", "imports"):
        assert (await raw(visitor, f"/static/css/{sheet}.css", "identity"))[1] in plain


async def test_the_editor_is_small(owner: Visitor):
    """A first view of the message editor is well under 200 kB on the wire, with the code editor,
    which comes when somebody goes to the text. (Blocks are written without it.)"""
    page = await add_message(owner, await add_campaign(owner))
    _, body = await raw(owner, page)
    named = {one.partition("#")[0] for one in NAMED.findall((await owner.get(page)).text)}
    assert any("codemirror" in one for one in named)
    browser = "gzip, deflate, br, zstd"
    sizes = [len((await raw(owner, one, browser))[1]) for one in sorted(named)]
    assert len(body) + sum(sizes) < 180_000


@pytest.mark.parametrize(
    "path", ["/static/vendor/inter/inter-latin-wght-normal.woff2", "/healthz", "/v1/me"]
)
async def test_what_is_left_alone(visitor: Visitor, path: str):
    """Fonts are compressed already; the API and probes answer at once."""
    headers, _ = await raw(visitor, path)
    assert "content-encoding" not in headers


async def test_a_download_in_pieces(owner: Visitor):
    """A file that is streamed is compressed as it leaves, and is whole."""
    headers, body = await raw(owner, "/sends/export.csv")
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body).decode("utf-8-sig").startswith("id,email,")
