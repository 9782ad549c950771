"""What campaigns take in and give out. Ids are UUIDs here; the web layer shows them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from tenantcrm.campaigns.states import (
    DayZero,
    Enroll,
    EnrollmentState,
    Format,
    LateAction,
    PastPolicy,
    Reached,
    ZoneMode,
)


class SenderInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """Whom a campaign's mails are from."""

    name: str
    email: str


class MessageInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """A message as it shall be: the one with this ``id``, else this ``key``, else on this day."""

    subject: str
    send_day: int
    html_template: str
    preheader: str = ""
    format: Format = Format.HTML
    id: str | None = None
    key: str | None = None


class CampaignChanges(Struct, kw_only=True, forbid_unknown_fields=True):
    """What shall be different (PATCH); what is left out stays.

    ``sender`` null is the tenant's default sender. ``messages`` replaces them all. ``active``
    activates or pauses. ``version`` is the one that was edited. ``past_messages``: what happens to
    people of an active campaign for whom a message's time has passed by this edit: it is sent, or
    skipped; left out, one that was moved is sent and a new one is skipped. ``ask`` true: left out,
    the edit is refused where there are such people. The last six fields are told, not set: they may
    come back as they were read, and are not looked at.
    """

    name: str | UnsetType = UNSET
    contact_filter: str | UnsetType = UNSET
    preferred_send_time: str | UnsetType = UNSET
    timezone: str | UnsetType = UNSET
    sender: SenderInput | UnsetType | None = UNSET
    day_zero: DayZero | UnsetType = UNSET
    late_limit_hours: int | UnsetType = UNSET
    late_action: LateAction | UnsetType = UNSET
    zone_mode: ZoneMode | UnsetType = UNSET
    skip_weekdays: list[str] | UnsetType = UNSET
    skip_dates: list[str] | UnsetType = UNSET
    anchor: str | UnsetType = UNSET
    reentry_gap_days: int | UnsetType | None = UNSET
    exit_unmatched: bool | UnsetType = UNSET
    key: str | UnsetType = UNSET
    track_opens: bool | UnsetType = UNSET
    track_clicks: bool | UnsetType = UNSET
    messages: list[MessageInput] | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    version: int | UnsetType = UNSET
    past_messages: PastPolicy | UnsetType = UNSET
    ask: bool | UnsetType = UNSET
    id: Any = UNSET
    state: Any = UNSET
    activated_at: Any = UNSET
    next_send_at: Any = UNSET
    created_at: Any = UNSET
    updated_at: Any = UNSET


class NewCampaign(CampaignChanges, kw_only=True, forbid_unknown_fields=True):
    """A campaign to make (POST). ``timezone`` left out is the tenant's."""

    name: str
    contact_filter: str
    preferred_send_time: str


class WholeCampaign(NewCampaign, kw_only=True, forbid_unknown_fields=True):
    """A campaign as it shall be (PUT): what is left out takes its default, but for ``active``."""

    messages: list[MessageInput]


class Activation(Struct, kw_only=True, forbid_unknown_fields=True):
    """How a campaign is activated."""

    enroll: Enroll = Enroll.ALL


class MessageChanges(Struct, kw_only=True, forbid_unknown_fields=True):
    """What shall be different in one message; what is left out stays."""

    subject: str | UnsetType = UNSET
    send_day: int | UnsetType = UNSET
    html_template: str | UnsetType = UNSET
    preheader: str | UnsetType = UNSET
    format: Format | UnsetType = UNSET


class MessageView(Struct, frozen=True, kw_only=True):
    """A message in use. ``html_template`` is empty in lists."""

    id: UUID
    key: str
    subject: str
    preheader: str
    send_day: int
    html_template: str
    format: str
    version: int


class CampaignView(Struct, frozen=True, kw_only=True):
    """A campaign with its messages in the order of their days.

    ``next_send_at``: the next instant at which a mail of it would go out; None: none is in sight.
    """

    id: UUID
    key: str
    name: str
    contact_filter: str
    state: str
    preferred_send_time: str
    timezone: str
    sender_name: str | None
    sender_email: str | None
    day_zero: str
    late_limit_hours: int
    late_action: str
    zone_mode: str
    skip_weekdays: list[str]
    skip_dates: list[date]
    anchor: str
    reentry_gap_days: int | None
    exit_unmatched: bool
    new_only_from: datetime | None
    track_opens: bool
    track_clicks: bool
    version: int
    messages: list[MessageView]
    activated_at: datetime | None
    starts_at: datetime | None = None
    put_away_at: datetime | None = None
    next_send_at: datetime | None
    created_at: datetime
    updated_at: datetime


class Participant(Struct, frozen=True, kw_only=True):
    """A contact's place in a campaign. An erased contact has no id, address or name here."""

    id: UUID
    contact_id: UUID | None
    email: str | None
    name: str | None
    state: str
    enrolled_on: date
    enrolled_at: datetime
    exit_reason: str | None
    ended_at: datetime | None


class Membership(Struct, frozen=True, kw_only=True):
    """A contact's place in one campaign, as the contact's page tells it."""

    id: UUID
    campaign_id: UUID
    campaign_name: str
    state: str
    enrolled_on: date
    enrolled_at: datetime
    exit_reason: str | None
    ended_at: datetime | None


class Candidate(Struct, frozen=True, kw_only=True):
    """A contact who would be enrolled."""

    id: UUID
    email: str
    name: str | None


class Audience(Struct, frozen=True, kw_only=True):
    """Whom a filter reaches. ``matching`` = ``eligible`` + the sum of ``excluded`` by reason.

    ``exact`` is false where the numbers are estimates.
    """

    matching: int
    eligible: int
    excluded: dict[str, int]
    sample: list[Candidate]
    exact: bool = True


class Those(Struct, frozen=True, kw_only=True):
    """Some people of a campaign: what is left out is not asked for.

    ``reason``: of those who left. ``since`` and ``until``: bounds of their day 0, both inclusive.
    """

    state: EnrollmentState | None = None
    reason: str | None = None
    reached: Reached | None = None
    since: date | None = None
    until: date | None = None


class CampaignStats(Struct, frozen=True, kw_only=True):
    """How many contacts are in a campaign, have finished it, or left it, by reason."""

    active: int
    finished: int
    exited: dict[str, int]
    reached: dict[Reached, int] = {}
    """How many had a mail that came so far; some seconds behind the ledger."""

    @property
    def entered(self) -> int:
        """Everybody who ever was in it."""
        return self.active + self.finished + sum(self.exited.values())
