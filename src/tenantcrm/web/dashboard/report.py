"""The report of a campaign, and its numbers as files."""

from collections.abc import AsyncIterator, Iterable
from typing import Any
from urllib.parse import urlencode

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from tenantcrm import clock, ids
from tenantcrm.campaigns import service
from tenantcrm.database import TenantSession
from tenantcrm.delivery.numbers import Fate
from tenantcrm.delivery.schemas import Sends
from tenantcrm.delivery.service import report as report_of
from tenantcrm.delivery.service.report import Report
from tenantcrm.tenants.schemas import Person
from tenantcrm.web.dashboard import report_view
from tenantcrm.web.dashboard.campaign_frame import campaign_page
from tenantcrm.web.dashboard.periods import presets, read_period
from tenantcrm.web.dependencies import AnyRequest, require
from tenantcrm.web.exports import Cell, csv_download

SERIES = ("Sent", "Delivered", "Bounced", "Clicked")
"""Lines over time; the last where clicks are counted."""


class CampaignReport(Controller):
    """The tab, and two downloads."""

    path = "/campaigns/{campaign:str}/report"

    @get("/")
    async def page(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Response[Any]:
        """How far people came, what became of each message, and when."""
        campaign_id, zone = ids.read_hex(campaign), person.tenant.timezone
        chosen = read_period(request.query_params, zone)
        row = await service.get(session, campaign_id)
        found = await report_of(session, campaign_id, period=chosen.period, zone=zone)
        # A campaign that counts none would seem to be one that nobody clicks in.
        clicks = row.track_clicks or found.sends.clicked > 0
        series = SERIES if clicks else SERIES[:-1]
        base = f"/campaigns/{campaign_id.hex}/report"
        links = report_view.Links(campaign_id, chosen.query)
        shown = report_view.columns(found)
        query = f"?{urlencode(chosen.query)}" if chosen.query else ""
        whole = chosen.period.first is None and chosen.period.last_day is None
        return await campaign_page(
            request,
            person,
            session,
            row,
            "campaigns/report.html",
            "report",
            numbers=(found.people, found.sends) if whole else None,
            errors=chosen.faults,
            first_day=chosen.first_text,
            last_day=chosen.last_text,
            zone=zone,
            presets=presets(base, {}, chosen, clock.now(), zone),
            funnel=report_view.funnel(found, links, clicks=clicks),
            clicks=clicks,
            exits=report_view.exits(found, links),
            columns=[report_view.LABELS[fate] for fate in shown],
            lines=report_view.rows(found, shown, links),
            opens=Fate.OPENED in shown or Fate.MACHINE in shown,
            series=series,
            points=report_view.line(found.days, series),
            messages_csv=f"{base}/messages.csv{query}",
            days_csv=f"{base}/days.csv{query}",
        )

    @get("/messages.csv")
    async def messages(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Stream:
        """A row a message."""
        name, found = await _numbers(request, person, session, campaign)
        fates = list(report_view.LABELS)
        return csv_download(
            f"{name} messages.csv",
            ["message_id", "subject", "send_day", *map(str, fates), "skipped_by_reason"],
            _each(
                [
                    ids.show_id(ids.MESSAGE, line.message.id),
                    line.message.subject,
                    line.message.send_day,
                    *(getattr(line.sends, fate) for fate in fates),
                    "; ".join(
                        f"{k}: {n}" for k, n in line.sends.reasons.get("skipped", {}).items()
                    ),
                ]
                for line in found.lines
            ),
        )

    @get("/days.csv")
    async def days(
        self,
        request: AnyRequest,
        person: NamedDependency[Person],
        session: NamedDependency[TenantSession],
        campaign: FromPath[str],
    ) -> Stream:
        """A row a day."""
        name, found = await _numbers(request, person, session, campaign)
        return csv_download(
            f"{name} days.csv",
            ["day", "sent", "delivered", "bounced", "opened", "clicked"],
            _each([day.day.isoformat(), *day[1:]] for day in found.days),
        )


async def _numbers(
    request: AnyRequest, person: Person, session: TenantSession, campaign: str
) -> tuple[str, Report]:
    require(person, "read")
    campaign_id, zone = ids.read_hex(campaign), person.tenant.timezone
    row = await service.get(session, campaign_id)
    chosen = read_period(request.query_params, zone)
    found = await report_of(session, campaign_id, period=chosen.period, zone=zone)
    return row.key, found


def _skipped(sends: Sends) -> str:
    return "; ".join(f"{why}: {n}" for why, n in sends.reasons.get("skipped", {}).items())


async def _each(rows: Iterable[list[Cell]]) -> AsyncIterator[list[Cell]]:
    for row in rows:
        yield row
