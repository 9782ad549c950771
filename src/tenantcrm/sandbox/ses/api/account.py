"""The account over the wire."""

from litestar import Response, get

from tenantcrm import clock
from tenantcrm.sandbox.ses.api.answers import answered
from tenantcrm.sandbox.ses.simulator import Simulator


@get("/v2/email/account")
async def get_account(simulator: Simulator) -> Response[bytes]:
    """GetAccount."""
    account = simulator.account
    allowance = account.allowance
    return answered(
        {
            "DedicatedIpAutoWarmupEnabled": False,
            "EnforcementStatus": allowance.enforcement,
            "ProductionAccessEnabled": allowance.production_access,
            "SendingEnabled": allowance.sending_enabled,
            "SendQuota": {
                "Max24HourSend": float(allowance.max_24_hour_send),
                "MaxSendRate": float(allowance.max_send_rate),
                "SentLast24Hours": float(account.sent_last_24_hours(clock.now())),
            },
            "SuppressionAttributes": {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        }
    )
