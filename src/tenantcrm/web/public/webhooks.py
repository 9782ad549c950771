"""``POST /webhooks/ses``: what SES tells of mails, signed by SNS.

No session, no key, no CSRF token: the signature says who tells. A body that proves nothing is 403,
the same whatever is wrong with it. 200 is said after the commit; while the database is away it is
5xx, and SNS tries again.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, Response, post

from tenantcrm.delivery.events.intake import Intake
from tenantcrm.delivery.events.listening import open_intake
from tenantcrm.delivery.events.sns import LARGEST
from tenantcrm.web.api.problems import EXCEPTION_HANDLERS
from tenantcrm.web.dependencies import AnyRequest, Services

_STATE = "intake"


@asynccontextmanager
async def events_lifespan(app: Litestar) -> AsyncIterator[None]:
    """Take notices in while the application runs."""
    box: Services = app.state.services
    async with open_intake(box.settings, box.database, "http") as intake:
        app.state[_STATE] = intake
        yield


@post(
    "/webhooks/ses",
    status_code=200,
    request_max_body_size=LARGEST,
    exception_handlers=EXCEPTION_HANDLERS,
)
async def take_notice(request: AnyRequest) -> Response[str]:
    """Keep and apply one notice; confirm a subscription that a topic of ours offers."""
    intake: Intake = request.app.state[_STATE]
    # The body is what is signed: read as bytes, whatever it calls itself (SNS says text/plain).
    notice = await intake.read(await request.body())
    if notice is not None:
        await intake.take(notice)
    return Response("", media_type="text/plain", status_code=200)
