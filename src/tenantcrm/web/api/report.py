"""``GET /v1/campaigns/{id}/report``: what came of a campaign, in numbers."""

from datetime import date
from typing import Any

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct

from tenantcrm import ids
from tenantcrm.campaigns.schemas import CampaignStats
from tenantcrm.campaigns.states import Reached
from tenantcrm.delivery.periods import Period
from tenantcrm.delivery.schemas import Sends
from tenantcrm.delivery.service import report as report_of
from tenantcrm.delivery.service.report import Line, Report
from tenantcrm.errors import InvalidError
from tenantcrm.tenants.models import Mode
from tenantcrm.tenants.service import tenants
from tenantcrm.web.api.call import Call
from tenantcrm.web.api.operations import Parameter, operation

DAY = {"type": "string", "format": "date"}


class PeopleShown(Struct, frozen=True, kw_only=True):
    """How far people came, of those whose day 0 lies in the period, until now.

    ``sent``, ``delivered`` and ``clicked`` count people who had at least one such mail, some
    seconds behind the ledger; ``exited`` those who left early, by reason.
    """

    entered: int
    active: int
    finished: int
    exited: dict[str, int]
    sent: int
    delivered: int
    clicked: int

    @classmethod
    def of(cls, people: CampaignStats) -> "PeopleShown":
        """The outside of it."""
        marks = {mark.name.lower(): people.reached.get(mark, 0) for mark in Reached if mark.name}
        return cls(
            entered=people.entered,
            active=people.active,
            finished=people.finished,
            exited=people.exited,
            **marks,
        )


class MailsShown(Struct, frozen=True, kw_only=True):
    """What became of mails that left, or are due, in the period.

    ``sent`` counts all that SES accepted; ``delivered`` what arrived and did not bounce later.
    ``opened`` and ``clicked`` are people's, as far as that can be told; ``machine`` counts mails
    that programs alone have opened or clicked. Reasons are codes; of bounces ``hard`` or ``soft``.
    """

    sent: int
    delivered: int
    opened: int
    clicked: int
    machine: int
    bounced: int
    complained: int
    unsubscribed: int
    skipped: int
    failed: int
    unknown: int
    waiting: int
    reasons: dict[str, dict[str, int]]

    @classmethod
    def of(cls, sends: Sends) -> "MailsShown":
        """The outside of it."""
        return cls(**{name: getattr(sends, name) for name in cls.__struct_fields__})


class MessageReportShown(Struct, frozen=True, kw_only=True):
    """A message. ``retired``: it is no longer in use."""

    message_id: str
    key: str
    subject: str
    send_day: int
    retired: bool
    mails: MailsShown

    @classmethod
    def of(cls, line: Line) -> "MessageReportShown":
        """The outside of a row."""
        return cls(
            message_id=ids.show_id(ids.MESSAGE, line.message.id),
            key=line.message.key,
            subject=line.message.subject,
            send_day=line.message.send_day,
            retired=line.message.retired_at is not None,
            mails=MailsShown.of(line.sends),
        )


class ReportDayShown(Struct, frozen=True, kw_only=True):
    """What left on a day, and what became of it until now."""

    date: date
    sent: int
    delivered: int
    bounced: int
    opened: int
    clicked: int


class ReportShown(Struct, frozen=True, kw_only=True):
    """A campaign's report. ``first_day`` and ``last_day``: as asked for, in ``timezone``.

    ``days``: every day from the first on which something left to the last.
    """

    campaign_id: str
    timezone: str
    first_day: date | None
    last_day: date | None
    people: PeopleShown
    mails: MailsShown
    messages: list[MessageReportShown]
    days: list[ReportDayShown]


@get(
    "/campaigns/{campaign_id:str}/report",
    tags=("Campaigns",),
    **operation(
        "The report of a campaign",
        text="How far its people came, and what became of its mails by message and by day. "
        "Numbers are exact. Days are those of the account's time zone.",
        scope="reports:read",
        gives={200: ReportShown},
        refuses=("not_found",),
        parameters=(
            Parameter("from", "The first local day; left out, from the beginning.", DAY),
            Parameter("to", "The last local day, inclusive; left out, until now.", DAY),
        ),
    ),
)
async def report(call: Call, campaign_id: FromPath[str]) -> Response[Any]:
    """The numbers."""
    given = call.parameters("from", "to")
    first, last = (_day(given.get(name), name) for name in ("from", "to"))
    if first and last and last < first:
        raise InvalidError.of("/to", "invalid_period", "The last day is before the first one")
    tenant = await tenants.facts(call.session)
    key, zone = ids.read_id(ids.CAMPAIGN, campaign_id), tenant.timezone
    period = Period.of(first, last, zone=zone)
    found = await report_of(call.session, key, period=period, zone=zone)
    if call.mode is not Mode.LIVE:
        found = _nothing(found)
    return await call.answer(
        ReportShown(
            campaign_id=ids.show_id(ids.CAMPAIGN, key),
            timezone=zone,
            first_day=first,
            last_day=last,
            people=PeopleShown.of(found.people),
            mails=MailsShown.of(found.sends),
            messages=[MessageReportShown.of(line) for line in found.lines],
            days=[
                ReportDayShown(
                    date=day.day,
                    sent=day.sent,
                    delivered=day.delivered,
                    bounced=day.bounced,
                    opened=day.opened,
                    clicked=day.clicked,
                )
                for day in found.days
            ],
        )
    )


def _nothing(found: Report) -> Report:
    """What a test key sees: only live contacts are enrolled and mailed."""
    people = CampaignStats(active=0, finished=0, exited={})
    lines = [Line(message=line.message, sends=Sends()) for line in found.lines]
    return Report(people=people, sends=Sends(), lines=lines, days=[])


def _day(text: str | None, name: str) -> date | None:
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or not 1970 <= day.year <= 9000:  # noqa: PLR2004 # what databases and zones take
        raise InvalidError.of(
            f"/{name}", "invalid_date", f"{name} is a day such as 2026-11-29, not {text[:40]!r}"
        )
    return day
