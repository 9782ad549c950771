"""What is to come, and why, as the API shows it."""

from datetime import date, datetime

from msgspec import UNSET, Struct, UnsetType

from tenantcrm.campaigns.schemas import CampaignChanges
from tenantcrm.contacts.schemas import ContactInput
from tenantcrm.delivery.outlook import Why


class SimulateInput(Struct, kw_only=True, forbid_unknown_fields=True):
    """``contact_id``: a contact; ``contact``: one that does not exist; neither: the whole campaign.

    ``campaign``: changes that are not saved, as in PATCH.
    """

    contact_id: str | None = None
    contact: ContactInput | None = None
    campaign: CampaignChanges | None = None


class ShiftShown(Struct, frozen=True):
    """Why a mail goes at another time than its day and the preferred time alone would say."""

    code: str
    message: str


class WhyShown(Struct, frozen=True, kw_only=True):
    """A reason. ``code`` is for programs, ``message`` for people."""

    code: str
    message: str
    since: datetime | None
    until: datetime | None

    @classmethod
    def of(cls, why: Why) -> "WhyShown":
        """The outside of a reason."""
        return cls(code=why.code, message=why.message, since=why.since, until=why.until)


class FutureMailShown(Struct, frozen=True, kw_only=True):
    """A mail to come. ``local``: the wall time there. ``wanted_on``: the day of its send day."""

    message_id: str
    key: str
    subject: str
    send_day: int
    at: datetime
    local: str
    timezone: str
    wanted_on: date
    shifts: list[ShiftShown]


class ForecastDayShown(Struct, frozen=True, kw_only=True):
    """Mails on one date of the campaign's zone. ``quota``: of 24 hours; null: no cap."""

    date: date
    sends: int
    quota: int | None


class SimulationShown(Struct, frozen=True, kw_only=True):
    """Of a contact: ``eligible``, ``why`` and ``mails``. Of the whole campaign: ``people`` in it,
    ``newcomers`` who match and would come in at the next scan, and the next 30 ``days``;
    ``approximate``: of so many contacts that newcomers and days are estimates.
    """

    eligible: bool | UnsetType = UNSET
    why: WhyShown | UnsetType = UNSET
    mails: list[FutureMailShown] | UnsetType = UNSET
    people: int | UnsetType = UNSET
    newcomers: int | UnsetType = UNSET
    days: list[ForecastDayShown] | UnsetType = UNSET
    approximate: bool | UnsetType = UNSET


class MessageWhyShown(Struct, frozen=True, kw_only=True):
    """A message for one contact. ``at``: when it goes, or went; null: it does not."""

    message_id: str
    key: str
    subject: str
    send_day: int
    state: str
    why: WhyShown
    at: datetime | None


class StandingShown(Struct, frozen=True, kw_only=True):
    """Where a contact stands in a campaign. ``state`` is null for who never was in it."""

    contact_id: str
    campaign_id: str
    state: str | None
    enrolled_on: date | None
    why: WhyShown
    messages: list[MessageWhyShown]
