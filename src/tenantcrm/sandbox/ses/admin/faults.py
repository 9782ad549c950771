"""``/_faults``: what shall go wrong."""

import msgspec
from litestar import Controller, Response, delete, get, put

from tenantcrm.sandbox.ses.api.answers import AnyRequest, answered
from tenantcrm.sandbox.ses.api.requests import asked
from tenantcrm.sandbox.ses.faults import Plan
from tenantcrm.sandbox.ses.simulator import Simulator


class FaultsAdmin(Controller):
    """The plan that holds."""

    path = "/_faults"

    @get("/")
    async def show(self, simulator: Simulator) -> Response[bytes]:
        """Answer with the plan."""
        return answered(msgspec.to_builtins(simulator.faults.plan))

    @put("/")
    async def follow(self, request: AnyRequest, simulator: Simulator) -> Response[bytes]:
        """Let a plan hold in place of the one before; what it leaves out does not go wrong."""
        simulator.faults.follow(await asked(request, Plan))
        return answered(msgspec.to_builtins(simulator.faults.plan))

    @delete("/", status_code=204)
    async def end(self, simulator: Simulator) -> None:
        """Let nothing go wrong any more."""
        simulator.faults.follow(Plan())

    @get("/injected")
    async def injected(self, simulator: Simulator) -> Response[bytes]:
        """How often each fault happened since the start of the process."""
        return answered(dict(sorted(simulator.faults.injected.items())))
