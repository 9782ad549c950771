"""What SES told of a mail, and what may happen to it still: for people who try things out."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal

from litestar import Controller, Request, post
from litestar.exceptions import NotFoundException
from litestar.response import Redirect

from tenantcrm.sandbox.ses.events import emitted
from tenantcrm.sandbox.ses.events.emitted import Attempted, Emitted
from tenantcrm.sandbox.ses.events.mail_object import Sent
from tenantcrm.sandbox.ses.events.outcomes import Step
from tenantcrm.sandbox.ses.inbox import origin
from tenantcrm.sandbox.ses.inbox.messages import MailId, shown_id
from tenantcrm.sandbox.ses.mails import Envelope
from tenantcrm.sandbox.ses.telling import Telling

Tone = Literal["ok", "warn", "danger", "plain"]
CAN_HAPPEN: dict[str, tuple[str, Step]] = {
    "open": ("Open", Step("Open", 0)),
    "click": ("Click", Step("Click", 0)),
    "machine-open": ("Machine opens", Step("Open", 0, "machine")),
    "soft-bounce": ("Soft bounce", Step("Bounce", 0, "Transient/MailboxFull")),
    "bounce": ("Bounce", Step("Bounce", 0, "Permanent/General")),
    "complaint": ("Complain", Step("Complaint", 0)),
}
"""By the word in the form: what stands on the button, and what follows."""
_TONES: dict[str, Tone] = {
    "Delivery": "ok",
    "Bounce": "danger",
    "Complaint": "danger",
    "Reject": "danger",
    "Rendering Failure": "danger",
    "DeliveryDelay": "warn",
}
_PATIENCE, _LOOK = 1.0, 0.05


@dataclass(frozen=True, slots=True)
class Shown:
    """An event as the page of its mail shows it."""

    event: str
    detail: str
    to: str
    at: datetime
    tone: Tone
    fate: str
    """What became of the notification, in words."""
    arrived: bool


async def shown(telling: Telling, mail_id: int) -> list[Shown]:
    """The events of a mail, in the order that they happened in."""
    found = await telling.simulator.store.read(partial(emitted.of_mail, mail_id=mail_id))
    return [
        Shown(
            event=one.event,
            detail=one.detail.replace("/", ", "),
            to=one.to,
            at=datetime.fromtimestamp(one.at, UTC),
            tone=_TONES.get(one.event, "plain"),
            fate=fate(one),
            arrived=any(attempt.state == "delivered" for attempt in one.notices),
        )
        for one in found
    ]


def fate(one: Emitted) -> str:
    """What became of an event, in a few words."""
    if "lost" in one.faults:
        return "lost on purpose"
    if not one.notices:
        return "nobody is subscribed"
    words = list(dict.fromkeys(_words(attempt) for attempt in one.notices))
    doubled = ", twice" if "doubled" in one.faults else ""
    return " and ".join(words) + doubled


def _words(attempt: Attempted) -> str:
    if attempt.state == "delivered":
        return "told"
    if attempt.state == "dropped":
        return "nobody is subscribed any more"
    why = f"answered {attempt.status}" if attempt.status else "no answer"
    if attempt.state == "failed":
        return f"refused, {why}"
    return f"tried {attempt.attempts} times, {why}" if attempt.attempts else "on its way"


def tells(telling: Telling, envelope: Envelope) -> bool:
    """Whether somebody is told of what happens to a mail."""
    if envelope.configuration_set is None:
        return False
    found = telling.simulator.configuration_sets.find(envelope.configuration_set)
    return found is not None and any(one.enabled for one in found.destinations)


class Happenings(Controller):
    """Let something happen to a mail that was delivered."""

    @post("/inbox/{mail_id:int}/happen")
    async def happen(
        self, request: Request[Any, Any, Any], telling: Telling, mail_id: MailId
    ) -> Redirect:
        """Publish what the form names, for every recipient, and show the mail again."""
        origin.check(request)
        chosen = CAN_HAPPEN.get(str((await request.form()).get("what", "")))
        simulator = telling.simulator
        found = await simulator.store.read(partial(simulator.mails.one, mail_id=mail_id))
        if chosen is None or found is None:
            raise NotFoundException("This mail is not in the inbox, or cannot do that.")
        envelope, raw = found
        if tells(telling, envelope):
            sent = _sent(telling, envelope, raw)
            for recipient in envelope.recipients:
                await telling.publisher.happen(sent, recipient, [chosen[1]])
            await _settled(telling, mail_id)
        return Redirect(f"/inbox/{shown_id(mail_id)}", status_code=303)


def _sent(telling: Telling, envelope: Envelope, raw: bytes) -> Sent:
    identity = telling.simulator.identities.covering(envelope.sender)
    return Sent(
        mail_id=envelope.id,
        message_id=envelope.message_id,
        received_at=envelope.received_at,
        sender=envelope.sender,
        recipients=envelope.recipients,
        tags=envelope.tags,
        configuration_set=envelope.configuration_set or "",
        raw=raw,
        identity=identity.name if identity else envelope.sender,
        region=telling.simulator.region,
    )


async def _settled(telling: Telling, mail_id: int) -> None:
    """Wait a moment, so that the page mostly shows how it ended and not that it is under way."""
    look = partial(emitted.of_mail, mail_id=mail_id)
    for _ in range(int(_PATIENCE / _LOOK)):
        await asyncio.sleep(_LOOK)
        found = await telling.simulator.store.read(look)
        if all(attempt.state != "pending" for one in found for attempt in one.notices):
            return
