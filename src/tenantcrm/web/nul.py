"""No NUL character in what the address of a page asks for: PostgreSQL takes none, in any text.

Here, once, so that no page has to think of it. The API refuses such a value in its own words.
"""

from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

NUL: Final = b"%00"
INSTEAD: Final = b"%EF%BF%BD"
"""U+FFFD, the replacement character: a search for it finds nothing, and an id with it is none."""
APART: Final = ("/v1/", "/webhooks/")


class NoNul:
    """Replace it before anybody reads the query."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap the application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on without it."""
        if scope["type"] == ScopeType.HTTP and not scope["path"].startswith(APART):
            query = scope["query_string"]
            if NUL in query:
                scope["query_string"] = query.replace(NUL, INSTEAD)
        await self.app(scope, receive, send)
