"""What an edit of a campaign is refused for, as a whole."""

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from tenantcrm.campaigns import rules
from tenantcrm.campaigns.calendar_fields import key_from
from tenantcrm.campaigns.errors import StaleVersionError
from tenantcrm.campaigns.models import Campaign
from tenantcrm.campaigns.repository import campaigns
from tenantcrm.campaigns.service import versions
from tenantcrm.campaigns.states import DayZero
from tenantcrm.database import TenantSession
from tenantcrm.errors import InvalidError

VERSION_MOST = 2**31


async def give_key(session: TenantSession, campaign: Campaign, given: Mapping[str, Any]) -> None:
    """Give a campaign that is made the key that was asked for, or one of its name.

    Raises:
        InvalidError: another campaign has it.
    """
    if "key" in given:
        await check_key_free(session, campaign.key)
    else:
        await campaigns.lock_keys(session)
        taken = await campaigns.keys(session)
        campaign.key = key_from(campaign.name, taken, empty="campaign")


async def check_key_free(session: TenantSession, key: str) -> None:
    """Refuse a key that another campaign has. Until the end nobody else takes it.

    Raises:
        InvalidError: it is taken.
    """
    await campaigns.lock_keys(session)
    if key in await campaigns.keys(session):
        raise InvalidError.of("/key", "duplicate_key", "Another campaign has this key")


async def check_whole(session: TenantSession, campaign: Campaign) -> None:
    """Check what no field can be told by itself.

    Raises:
        InvalidError: what the fields say together cannot be.
    """
    rows = (await campaigns.messages(session, [campaign.id], templates=False))[campaign.id]
    rules.check_days(campaign.anchor, [row.send_day for row in rows])
    if campaign.anchor is not None and campaign.day_zero == DayZero.IMMEDIATELY:
        raise InvalidError.of(
            "/day_zero",
            "not_with_anchor",
            "Day 0 of a campaign that counts from a date goes on that date; expected scheduled",
        )


async def check_version(session: TenantSession, campaign: Campaign, version: Any) -> None:
    """Refuse an edit that was made on an older version; UNSET: whatever is stored.

    Raises:
        StaleVersionError: another version is stored; it tells what was saved since.
    """
    if version is UNSET or version == campaign.version:
        return
    # A number that no column holds is no version: there is nothing to compare with.
    known = 0 < version < VERSION_MOST
    changes = await versions.diff(session, campaign.id, version, campaign.version) if known else ()
    raise StaleVersionError(campaign.version, version, changes)
