"""The events that were made, for scripts: one JSON document a line."""

from functools import partial
from typing import Annotated

import msgspec
from litestar import Controller, Response, get
from litestar.params import Parameter

from tenantcrm.sandbox.ses.events import emitted
from tenantcrm.sandbox.ses.mails import HIGHEST_ID
from tenantcrm.sandbox.ses.sns import notices
from tenantcrm.sandbox.ses.telling import Telling

MOST = 10_000


class EventsAdmin(Controller):
    """The events, and what became of each."""

    path = "/_events"

    @get("/")
    async def index(
        self,
        telling: Telling,
        after: Annotated[int, Parameter(ge=0, le=HIGHEST_ID)] = 0,
        limit: Annotated[int, Parameter(ge=1, le=MOST)] = MOST,
    ) -> Response[bytes]:
        """Events after an id, oldest first, with the state of each notification (NDJSON)."""
        look = partial(emitted.after, event_id=after, limit=limit)
        found = await telling.simulator.store.read(look)
        lines = b"".join(msgspec.json.encode(one) + b"\n" for one in found)
        return Response(lines, media_type="application/x-ndjson")

    @get("/state")
    async def state(self, telling: Telling) -> dict[str, int]:
        """How many mails and notifications wait: both 0 when everybody was told everything."""
        return {
            "mails": telling.publisher.behind,
            "notifications": await telling.simulator.store.read(notices.pending),
            "under_way": telling.dispatcher.under_way,
        }
