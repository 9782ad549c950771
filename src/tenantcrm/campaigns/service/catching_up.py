"""What edits have left for the scan to do for the people whom they passed. Pure."""

from collections.abc import Sequence

from msgspec import convert

from tenantcrm.campaigns.handing_over import DRIP, HandOver
from tenantcrm.campaigns.impact import CatchUp
from tenantcrm.campaigns.models import Campaign
from tenantcrm.campaigns.schedule import DayMessage
from tenantcrm.campaigns.service.work import timetable_of

EDITED = "edited"
"""Why a mail was skipped: its time had passed when the campaign was changed."""


def catch_up(campaign: Campaign, messages: Sequence[DayMessage]) -> list[HandOver]:
    """What is to be entered and taken back, in the order of the edits: a later one may undo what
    an earlier one wanted. Of one edit, what is taken back comes first.
    """
    known = {message.id for message in messages}
    timetable = timetable_of(campaign)
    found = list[HandOver]()
    for one in convert(campaign.catch_up, list[CatchUp]):
        if one.message_id not in known:
            continue  # It was removed since.
        # What was decided during a pause holds from the end of the pause on.
        due_at = max(one.at, campaign.activated_at or one.at)
        found.append(
            HandOver(
                campaign_id=campaign.id,
                message_id=one.message_id,
                days0=tuple(one.days0),
                due_at=due_at,
                late_at=timetable.late_at(due_at),
                # Whatever its day is: its people have had others, which the last look must know.
                kind=DRIP,
                zones=None if one.zones is None else tuple(one.zones),
                skip=EDITED if one.action == "skip" else None,
                inside_at=one.at,
                takes_back=one.action == "move",
            )
        )
    return found
