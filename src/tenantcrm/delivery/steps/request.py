"""The one request."""

from uuid import UUID

from tenantcrm.delivery.answers import Outcome, accepted
from tenantcrm.delivery.steps.bench import Bench, Ready


async def request(bench: Bench, tenant_id: UUID, ready: Ready) -> Outcome:
    """Ask the sender, once."""
    tags = {"d": ready.id.hex, "a": str(ready.attempt), "t": tenant_id.hex}
    try:
        outcome = accepted(await bench.sender.send(ready.mail, tags))
    except Exception as fault:  # noqa: BLE001 - every one of them means something for the mail
        outcome = bench.sender.read(fault)
    if outcome.detail and ready.mail.to in outcome.detail:
        # The ledger keeps no address: it outlives the contact.
        words = outcome.detail.replace(ready.mail.to, "the recipient")
        return Outcome(
            state=outcome.state, reason=outcome.reason, detail=words, scope=outcome.scope
        )
    return outcome
