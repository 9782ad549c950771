"""Look at messages before they go out: what is in them, and whom it would reach without a value."""

import asyncio
from collections.abc import Iterable
from uuid import UUID

from msgspec import Struct

from tenantcrm.campaigns.preflight import Finding, Known, blocking, look
from tenantcrm.campaigns.preflight.variables import Use, bare_uses
from tenantcrm.campaigns.rendering.errors import TemplateFault
from tenantcrm.campaigns.repository import campaigns
from tenantcrm.campaigns.schemas import MessageInput
from tenantcrm.campaigns.service.activate import as_input
from tenantcrm.campaigns.service.read import found
from tenantcrm.contacts import service as contacts
from tenantcrm.contacts.filters import FilterError, parse
from tenantcrm.contacts.filters.certain import certain_fields
from tenantcrm.database import TenantSession
from tenantcrm.errors import FieldError


class InMessage(Struct, frozen=True):
    """A finding of one message of a campaign; ``place``: which one of them, from 0."""

    message_id: UUID
    place: int
    send_day: int
    finding: Finding


async def readers_of(
    session: TenantSession, contact_filter: str, messages: Iterable[MessageInput]
) -> Known:
    """What is known of the contacts of a filter, as far as these messages ask."""
    try:
        certain = certain_fields(parse(contact_filter))
    except FilterError:
        return Known()
    names = {use.name for message in messages for use in _uses(message) if use.name}
    wanted = sorted(names - certain - {"email"})
    if not wanted:
        return Known(certain=certain)
    looked_at, missing, more = await contacts.lacking(session, contact_filter, wanted)
    return Known(certain=certain, missing=missing, looked_at=looked_at, more=more)


def _uses(message: MessageInput) -> list[Use]:
    uses: list[Use] = []
    for text in (message.subject, message.preheader, message.html_template):
        try:
            # In the JSON of blocks the quotes of Liquid are escaped; its names stand as they are.
            uses += bare_uses(text.replace('\\"', '"'))
        except TemplateFault:
            continue
    return uses


async def hindrances(session: TenantSession, campaign_id: UUID) -> list[FieldError]:
    """What keeps a person from activating a campaign, beside what keeps everybody: broken mails.

    The pointers lead to the spot: ``/messages/0/html_template/line/3``, or ``…/block/2``.

    Raises:
        NotFoundError: there is no such campaign.
    """
    return [
        FieldError(_pointer(one), one.finding.code, _words(one))
        for one in await looked_over(session, campaign_id)
        if blocking([one.finding]) and not one.finding.fault
    ]


def _pointer(one: InMessage) -> str:
    place = one.finding.place
    spot = f"/line/{place.line}" if place.line else f"/block/{place.block}" if place.block else ""
    return f"/messages/{one.place}{one.finding.pointer}{spot}"


def _words(one: InMessage) -> str:
    place = one.finding.place
    spot = f", line {place.line}" if place.line else f", block {place.block}" if place.block else ""
    return f"Day {one.send_day}{spot}: {one.finding.message}"


async def looked_over(session: TenantSession, campaign_id: UUID) -> list[InMessage]:
    """Everything found in a campaign's messages, by day.

    Raises:
        NotFoundError: there is no such campaign.
    """
    campaign = found(await campaigns.find(session, campaign_id))
    rows = (await campaigns.messages(session, [campaign.id]))[campaign.id]
    messages = [as_input(row) for row in rows]
    known = await readers_of(session, campaign.contact_filter, messages)

    def every() -> list[InMessage]:
        return [
            InMessage(row.id, place, row.send_day, finding)
            for place, (row, message) in enumerate(zip(rows, messages, strict=True))
            for finding in look(message, known)
        ]

    return await asyncio.to_thread(every)
