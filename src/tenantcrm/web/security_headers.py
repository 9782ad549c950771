"""The headers that every page of ours carries; a page that needs its own policy sets it first."""

from litestar.types import Message, Scope

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src https: data:; font-src https: data:; frame-ancestors 'self'"
)
"""For a customer's mail in a preview frame: nothing runs, nothing reaches us."""
_ALWAYS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
_NOT_STORED = (b"cache-control", b"no-store")


async def add_security_headers(message: Message, scope: Scope) -> None:
    """Add what is missing just before the answer leaves (Litestar's ``before_send`` hook)."""
    if message["type"] != "http.response.start":
        return
    wanted = _ALWAYS if scope["path"].startswith("/static/") else (*_ALWAYS, _NOT_STORED)
    headers = list(message.get("headers", ()))
    present = {name.lower() for name, _ in headers}
    message["headers"] = [*headers, *(pair for pair in wanted if pair[0] not in present)]
