"""The suppression list over the wire."""

from datetime import datetime
from typing import Annotated

from litestar import Controller, Response, delete, get, put
from litestar.params import Parameter

from tenantcrm.sandbox.ses.api.answers import AnyRequest, answered, page_of
from tenantcrm.sandbox.ses.api.requests import asked
from tenantcrm.sandbox.ses.outbound import Wire
from tenantcrm.sandbox.ses.simulator import Simulator
from tenantcrm.sandbox.ses.suppressions import Reason, Suppressed


class PutSuppressedDestination(Wire):
    """The request."""

    email_address: str
    reason: Reason


def _summary(found: Suppressed) -> dict[str, object]:
    return {
        "EmailAddress": found.address,
        "Reason": found.reason,
        "LastUpdateTime": found.at,
    }


class SuppressionsApi(Controller):
    """Put, get, delete, list."""

    path = "/v2/email/suppression/addresses"

    @put("/")
    async def put_one(self, request: AnyRequest, simulator: Simulator) -> Response[bytes]:
        """PutSuppressedDestination."""
        document = await asked(request, PutSuppressedDestination)
        await simulator.suppressions.put(document.email_address, document.reason)
        return answered({})

    @get("/")
    async def index(
        self,
        simulator: Simulator,
        reasons: Annotated[list[Reason] | None, Parameter(query="Reason")] = None,
        start_date: Annotated[datetime | None, Parameter(query="StartDate")] = None,
        end_date: Annotated[datetime | None, Parameter(query="EndDate")] = None,
        next_token: Annotated[str | None, Parameter(query="NextToken")] = None,
        page_size: Annotated[int | None, Parameter(query="PageSize", ge=0, le=1000)] = None,
    ) -> Response[bytes]:
        """ListSuppressedDestinations."""
        found = {
            one.address: one
            for one in simulator.suppressions.all()
            if (not reasons or one.reason in reasons)
            and (start_date is None or one.at >= start_date.timestamp())
            and (end_date is None or one.at <= end_date.timestamp())
        }
        names, following = page_of(list(found), next_token, page_size)
        return answered(
            {"SuppressedDestinationSummaries": [_summary(found[name]) for name in names]}
            | ({"NextToken": following} if following else {})
        )

    @get("/{address:str}")
    async def one(self, simulator: Simulator, address: str) -> Response[bytes]:
        """GetSuppressedDestination."""
        found = simulator.suppressions.get(address)
        attributes = {"MessageId": found.message_id} if found.message_id else {}
        return answered({"SuppressedDestination": _summary(found) | {"Attributes": attributes}})

    @delete("/{address:str}", status_code=200)
    async def remove(self, simulator: Simulator, address: str) -> Response[bytes]:
        """DeleteSuppressedDestination."""
        await simulator.suppressions.delete(address)
        return answered({})
