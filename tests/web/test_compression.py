"""What leaves compressed, and what does not."""

import gzip
import re

import pytest

from tests.fixtures.web import Visitor

ASSET = re.compile(r'"(/static/css/base\.css[^"]+)"')


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


async def test_an_asset(visitor: Visitor):
    """A stylesheet comes compressed, and may still be cached for good."""
    found = ASSET.search((await visitor.get("/sign-in")).text)
    assert found
    headers, body = await raw(visitor, found[1])
    assert headers["content-encoding"] == "gzip"
    assert "immutable" in headers["cache-control"]
    assert gzip.decompress(body) == (await raw(visitor, found[1], "identity"))[1]


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
