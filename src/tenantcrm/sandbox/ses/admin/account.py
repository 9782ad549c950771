"""``/_account``: what the account may do, and what it did."""

from typing import Any

import msgspec
from litestar import Controller, Response, get, put

from tenantcrm import clock
from tenantcrm.sandbox.ses.account import Allowance
from tenantcrm.sandbox.ses.api.answers import AnyRequest, answered
from tenantcrm.sandbox.ses.api.requests import asked
from tenantcrm.sandbox.ses.errors import BadRequestError
from tenantcrm.sandbox.ses.simulator import Simulator


class AccountAdmin(Controller):
    """The allowance. It holds until the process ends, which then begins with its options again."""

    path = "/_account"

    @get("/")
    async def show(self, simulator: Simulator) -> Response[bytes]:
        """Answer with the allowance, what was sent, and how many recipients were refused."""
        return _shown(simulator)

    @put("/")
    async def change(self, request: AnyRequest, simulator: Simulator) -> Response[bytes]:
        """Change what is named; the rest stays."""
        now = msgspec.to_builtins(simulator.account.allowance)
        wanted = await asked(request, dict[str, Any])
        unknown = wanted.keys() - now.keys()
        if unknown:
            raise BadRequestError(f"Unknown: {', '.join(sorted(unknown))}.")
        try:
            allowance = msgspec.convert(now | wanted, Allowance)
        except msgspec.ValidationError as fault:
            raise BadRequestError(str(fault)) from None
        simulator.account.allowance = allowance
        return _shown(simulator)


def _shown(simulator: Simulator) -> Response[bytes]:
    account = simulator.account
    counted = {name: account.counted[name] for name in ("taken", "throttled", "over_quota")}
    sent = account.sent_last_24_hours(clock.now())
    return answered(
        {
            **msgspec.to_builtins(account.allowance),
            "sent_last_24_hours": sent,
            "recipients": counted,
        }
    )
