"""Whether a claimed mail may leave now. Pure."""

from datetime import datetime

from msgspec import Struct

from tenantcrm.campaigns.states import CampaignState, EnrollmentState
from tenantcrm.contacts.status import ContactStatus
from tenantcrm.delivery.identities.refused import REASON, Refused
from tenantcrm.delivery.schemas import Facts
from tenantcrm.delivery.states import Kind, State


class Objection(Struct, frozen=True):
    """Why a mail does not leave, and where it goes instead.

    ``skipped`` is for good. ``pending`` waits without having lost anything; ``held``: until its
    campaign is active again; ``wait``: for so many seconds; ``due_at``: it has moved to then, and
    is too late after ``late_at`` (None: never).
    """

    state: State
    reason: str
    detail: str | None = None
    held: bool = False
    wait: float = 0.0
    due_at: datetime | None = None
    late_at: datetime | None = None


SUSPENDED = Objection(State.PENDING, "suspended")
STOPPED = Objection(State.PENDING, "reputation")
PAUSED = Objection(State.PENDING, "paused", held=True)
NO_SENDER = Objection(State.PENDING, "no_sender", wait=600.0)
NOTHING_REFUSED = Refused()
UNVERIFIED = Objection(State.PENDING, REASON, wait=3600.0)
"""Let go as soon as its domain is verified again."""


def judge(
    mail: Facts,
    *,
    suspended: bool,
    default_sender: str,
    now: datetime,
    refused: Refused = NOTHING_REFUSED,
    paused: bool = False,
) -> Objection | None:
    """What stands against sending the mail at ``now``; None: nothing does.

    Mail of ours to a person who uses the dashboard goes out whatever the tenant's state is: a
    suspended tenant's owner must be able to set a password and to read why. ``paused``: bounces or
    complaints have stopped the tenant's campaigns.
    """
    if mail.kind == Kind.SYSTEM:
        return None
    if suspended:
        return SUSPENDED
    if mail.late_at is not None and now > mail.late_at:
        return Objection(State.SKIPPED, "late")
    if mail.kind == Kind.TEST:
        return None
    if paused:
        return STOPPED
    sender = mail.sender_email or default_sender
    return _of_contact(mail) or _of_campaign(mail) or _of_sender(sender, refused)


def _of_sender(sender: str, refused: Refused) -> Objection | None:
    if not sender:
        return NO_SENDER
    return UNVERIFIED if refused.holds(sender) else None


def _of_contact(mail: Facts) -> Objection | None:
    if mail.contact_id is None:
        return Objection(State.SKIPPED, "erased")
    if mail.status != ContactStatus.SUBSCRIBED:
        return Objection(State.SKIPPED, mail.status or "erased")
    if mail.suppressed is not None:
        return Objection(State.SKIPPED, "suppressed", mail.suppressed)
    if mail.enrollment_state in {None, EnrollmentState.EXITED}:
        return Objection(State.SKIPPED, "exited")
    return None


def _of_campaign(mail: Facts) -> Objection | None:
    if mail.campaign_state == CampaignState.ARCHIVED:
        return Objection(State.SKIPPED, "campaign_deleted")
    if mail.retired:
        return Objection(State.SKIPPED, "message_removed")
    if mail.campaign_state != CampaignState.ACTIVE:
        return PAUSED
    return None
