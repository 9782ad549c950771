"""Go into a business: the session begins, and forms of another business are saved no more.

All tabs of a browser share one session, so a form that is still open in another tab would be saved
to whatever business the browser is in now. The token of forms therefore belongs to one business:
it stays when somebody signs in to the same one again, so that what they typed can be sent once
more, and is replaced when they come into another. Which one it belongs to is remembered in a
cookie that outlives the session, by which the next sign-in comes back into it.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from litestar import Response
from litestar.datastructures import Cookie
from litestar.middleware.csrf import generate_csrf_token
from litestar.utils.scope.state import ScopeState

from tenantcrm.web.dependencies import CSRF_COOKIE, AnyRequest, services
from tenantcrm.web.kept import BUSINESS_COOKIE
from tenantcrm.web.sessions import SignedIn

REMEMBERED: Final = timedelta(days=400)
"""Longer than any session and any token; browsers keep no cookie for longer."""


async def enter(
    request: AnyRequest, answer: Response[Any], *, user_id: UUID, tenant_id: UUID
) -> None:
    """End the session that there is, and begin one in this business, with the cookies of both.

    Raises:
        SessionsAwayError: Redis does not answer.
    """
    sessions = services(request).sessions
    old = request.cookies.get(sessions.cookie_name)
    before = request.cookies.get(BUSINESS_COOKIE)
    if not before and (who := await sessions.load(old)) and who.tenant_id:
        before = who.tenant_id.hex
    await sessions.end(old)
    answer.set_cookie(await sessions.start(SignedIn(user_id=user_id, tenant_id=tenant_id)))
    seconds = int(REMEMBERED.total_seconds())
    answer.set_cookie(_cookie(request, BUSINESS_COOKIE, tenant_id.hex, seconds))
    config = request.app.csrf_config
    if before and before != tenant_id.hex and config is not None:
        token = generate_csrf_token(config.secret)
        answer.set_cookie(_cookie(request, CSRF_COOKIE, token, None))
        # For the forms of this answer itself.
        ScopeState.from_scope(request.scope).csrf_token = token


def _cookie(request: AnyRequest, key: str, value: str, max_age: int | None) -> Cookie:
    return Cookie(
        key=key,
        value=value,
        max_age=max_age,
        path="/",
        httponly=True,
        secure=services(request).settings.secure_cookies,
        samesite="lax",
    )
