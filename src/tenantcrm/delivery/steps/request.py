"""The one request."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from tenantcrm.delivery.answers import Outcome, accepted
from tenantcrm.delivery.ports import Tagged
from tenantcrm.delivery.states import State
from tenantcrm.delivery.steps.bench import Bench, Ready

SINGLY = 5
"""Requests at once for the mails of a parcel that was refused as a whole."""


async def request(bench: Bench, tenant_id: UUID, ready: Ready) -> Outcome:
    """Ask the sender, once."""
    try:
        outcome = accepted(await bench.sender.send(ready.mail, _tags(tenant_id, ready)))
    except Exception as fault:  # noqa: BLE001 - every one of them means something for the mail
        outcome = bench.sender.read(fault)
    return _without(ready.mail.to, outcome)


async def request_parcel(
    bench: Bench, tenant_id: UUID, parcel: Sequence[Ready]
) -> list[tuple[Ready, Outcome]]:
    """Ask the sender once for all mails of a parcel; what came of each.

    A parcel that is refused for good may have been refused for one of its mails. None of them was
    taken, which is certain, so each of them is asked for by itself.
    """
    bulk = bench.sender.bulk
    if len(parcel) == 1 or bulk is None:
        return [(ready, await request(bench, tenant_id, ready)) for ready in parcel]
    try:
        outcomes = await bulk.send([Tagged(one.mail, _tags(tenant_id, one)) for one in parcel])
    except Exception as fault:  # noqa: BLE001 - as above
        outcome = bench.sender.read(fault)
        if outcome.state is State.FAILED:
            return await _singly(bench, tenant_id, parcel)
        outcomes = [outcome] * len(parcel)
    return [
        (ready, _without(ready.mail.to, outcome))
        for ready, outcome in zip(parcel, outcomes, strict=True)
    ]


async def _singly(
    bench: Bench, tenant_id: UUID, parcel: Sequence[Ready]
) -> list[tuple[Ready, Outcome]]:
    outcomes: list[tuple[Ready, Outcome]] = []
    for start in range(0, len(parcel), SINGLY):
        some = parcel[start : start + SINGLY]
        answers = await asyncio.gather(*(request(bench, tenant_id, ready) for ready in some))
        outcomes += zip(some, answers, strict=True)
    return outcomes


def _tags(tenant_id: UUID, ready: Ready) -> dict[str, str]:
    return {"d": ready.id.hex, "a": str(ready.attempt), "t": tenant_id.hex}


def _without(address: str, outcome: Outcome) -> Outcome:
    """The outcome without the address: the ledger keeps none, for it outlives the contact."""
    if not outcome.detail or address not in outcome.detail:
        return outcome
    words = outcome.detail.replace(address, "the recipient")
    return Outcome(state=outcome.state, reason=outcome.reason, detail=words, scope=outcome.scope)
