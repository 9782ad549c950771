"""Campaigns, their people and their mails, as the API shows them."""

from datetime import date, datetime
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from tenantcrm import ids
from tenantcrm.campaigns.schemas import CampaignView, MessageView, Participant
from tenantcrm.campaigns.states import CampaignState
from tenantcrm.delivery.place import why_entered
from tenantcrm.delivery.schemas import DeliveryView
from tenantcrm.delivery.story import story
from tenantcrm.delivery.unknown import may_resend
from tenantcrm.web.api.outlook_views import WhyShown


class SenderShown(Struct, frozen=True):
    """Whom mails are from."""

    name: str
    email: str


class MessageShown(Struct, frozen=True, kw_only=True):
    """A message of a campaign. Lists leave ``html_template`` out."""

    id: str
    key: str
    subject: str
    preheader: str
    send_day: int
    html_template: str | UnsetType = UNSET
    format: str

    @classmethod
    def of(cls, row: MessageView, *, template: bool) -> "MessageShown":
        """The outside of a message."""
        return cls(
            id=ids.show_id(ids.MESSAGE, row.id),
            key=row.key,
            subject=row.subject,
            preheader=row.preheader,
            send_day=row.send_day,
            html_template=row.html_template if template else UNSET,
            format=row.format,
        )


class CampaignShown(Struct, frozen=True, kw_only=True):
    """A campaign. ``sender`` null: the tenant's default sender. ``version`` grows with each edit.

    ``next_send_at``: when the next mail of it would go out; null: none is in sight.
    """

    id: str
    key: str
    name: str
    contact_filter: str
    active: bool
    state: str
    preferred_send_time: str
    timezone: str
    sender: SenderShown | None
    day_zero: str
    late_limit_hours: int
    late_action: str
    zone_mode: str
    skip_weekdays: list[str]
    skip_dates: list[date]
    anchor: str
    reentry_gap_days: int | None
    exit_unmatched: bool
    track_opens: bool
    track_clicks: bool
    messages: list[MessageShown]
    version: int
    activated_at: datetime | None
    next_send_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: CampaignView, *, templates: bool = True) -> "CampaignShown":
        """The outside of a campaign."""
        sender = None
        if row.sender_email is not None:
            sender = SenderShown(row.sender_name or "", row.sender_email)
        return cls(
            id=ids.show_id(ids.CAMPAIGN, row.id),
            key=row.key,
            name=row.name,
            contact_filter=row.contact_filter,
            active=row.state == CampaignState.ACTIVE,
            state=row.state,
            preferred_send_time=row.preferred_send_time,
            timezone=row.timezone,
            sender=sender,
            day_zero=row.day_zero,
            late_limit_hours=row.late_limit_hours,
            late_action=row.late_action,
            zone_mode=row.zone_mode,
            skip_weekdays=row.skip_weekdays,
            skip_dates=row.skip_dates,
            anchor=row.anchor,
            reentry_gap_days=row.reentry_gap_days,
            exit_unmatched=row.exit_unmatched,
            track_opens=row.track_opens,
            track_clicks=row.track_clicks,
            messages=[MessageShown.of(m, template=templates) for m in row.messages],
            version=row.version,
            activated_at=row.activated_at,
            next_send_at=row.next_send_at,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


class ParticipantShown(Struct, frozen=True, kw_only=True):
    """A contact's place in a campaign; an erased contact is all null. ``enrolled_on`` is day 0."""

    contact_id: str | None
    email: str | None
    name: str | None
    state: str
    enrolled_on: date
    enrolled_at: datetime
    exit_reason: str | None
    ended_at: datetime | None
    why: WhyShown

    @classmethod
    def of(cls, row: Participant) -> "ParticipantShown":
        """The outside of a participant."""
        return cls(
            contact_id=_shown(ids.CONTACT, row.contact_id),
            email=row.email,
            name=row.name,
            state=row.state,
            enrolled_on=row.enrolled_on,
            enrolled_at=row.enrolled_at,
            exit_reason=row.exit_reason,
            ended_at=row.ended_at,
            why=WhyShown.of(why_entered(row.state, row.exit_reason, row.enrolled_at, row.ended_at)),
        )


class EventShown(Struct, frozen=True, kw_only=True):
    """Something that happened to a mail. ``machine``: a program opened or clicked, not a person.

    ``detail``: of a bounce what the recipient's server said; of a click where it led.
    """

    kind: str
    at: datetime
    machine: bool = False
    detail: str | None = None


class DeliveryShown(Struct, frozen=True, kw_only=True):
    """A mail. ``why`` is one sentence; ``reason`` a code; ``detail`` what SES said.

    ``attempts`` counts requests to SES. An erased contact is null. Opens and clicks are people's;
    ``machine_at`` is a program's first. ``bounce``: ``hard`` or ``soft``. ``estimated_at``: when a
    mail that waits for its turn leaves, about; null in lists. Lists tell of ``events`` what has a
    time above; one delivery by itself tells all that SES told.
    """

    id: str
    kind: str
    state: str
    reason: str | None
    detail: str | None
    why: str
    campaign_id: str | None
    message_id: str | None
    contact_id: str | None
    subject: str | None
    send_day: int | None
    due_at: datetime
    estimated_at: datetime | None
    late_at: datetime | None
    attempts: int
    ses_message_id: str | None
    sent_at: datetime | None
    delivered_at: datetime | None
    bounced_at: datetime | None
    complained_at: datetime | None
    opened_at: datetime | None
    clicked_at: datetime | None
    machine_at: datetime | None
    bounce: str | None
    can_resend: bool
    events: list[EventShown]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: DeliveryView) -> "DeliveryShown":
        """The outside of a mail."""
        return cls(
            id=ids.show_id(ids.DELIVERY, row.id),
            kind=row.kind,
            state=row.state,
            reason=row.reason,
            detail=row.detail,
            why=row.why,
            campaign_id=_shown(ids.CAMPAIGN, row.campaign_id),
            message_id=_shown(ids.MESSAGE, row.message_id),
            contact_id=_shown(ids.CONTACT, row.contact_id),
            subject=row.subject,
            send_day=row.send_day,
            due_at=row.due_at,
            estimated_at=row.estimated_at,
            late_at=row.late_at,
            attempts=row.attempts,
            ses_message_id=row.ses_message_id,
            sent_at=row.sent_at,
            delivered_at=row.delivered_at,
            bounced_at=row.bounced_at,
            complained_at=row.complained_at,
            opened_at=row.opened_at,
            clicked_at=row.clicked_at,
            machine_at=row.machine_at,
            bounce=row.bounce,
            can_resend=may_resend(row.state, row.kind, row.reason),
            events=[
                EventShown(kind=one.kind, at=one.at, machine=one.machine, detail=one.detail)
                for one in story(row)
            ],
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


def _shown(prefix: str, value: UUID | None) -> str | None:
    return None if value is None else ids.show_id(prefix, value)
