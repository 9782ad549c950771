"""What stands in the way of the messages of a campaign, message by message."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

from tenantcrm.campaigns import rules
from tenantcrm.campaigns.schemas import CampaignView, MessageInput
from tenantcrm.campaigns.states import Format
from tenantcrm.errors import InvalidError


async def message_faults(campaign: CampaignView) -> Mapping[UUID, list[str]]:
    """The faults that activation would find, by message; messages without any are left out."""
    return await asyncio.to_thread(_faults, campaign)


def _faults(campaign: CampaignView) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for message in campaign.messages:
        given = MessageInput(
            subject=message.subject,
            send_day=message.send_day,
            html_template=message.html_template,
            preheader=message.preheader,
            format=Format(message.format),
        )
        try:
            rules.check_message(given)
        except InvalidError as fault:
            found[message.id] = [error.message for error in fault.errors]
    return found
