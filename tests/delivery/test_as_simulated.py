"""What the worker sends, day by day, is what the simulator said, mail by mail."""

import time as machine
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tenantcrm import clock
from tenantcrm.campaigns.calendar import Cap, Course, Timetable, forecast, local_date, next_slot
from tenantcrm.campaigns.models import Campaign, Enrollment
from tenantcrm.database import Database
from tenantcrm.delivery.service import scan_tenant
from tenantcrm.settings import Settings
from tenantcrm.tenants.models import Tenant
from tests.conftest import add_tenant
from tests.delivery.desk import Desk
from tests.delivery.world import World

FROZEN = 1e-6
START = datetime(2027, 3, 24, 12, tzinfo=UTC)
"""Four days before Europe's clocks go forward, eleven before Lord Howe's go back."""
HORIZON = timedelta(days=12)
ZONES = (None, "Europe/Berlin", "Australia/Lord_Howe", "America/New_York")


class Plan(NamedTuple):
    """A campaign, as hypothesis makes it up."""

    days: list[int]
    values: dict[str, Any]


plans = st.builds(
    Plan,
    days=st.lists(st.integers(0, 5), min_size=1, max_size=3, unique=True).map(sorted),
    values=st.fixed_dictionaries(
        {
            "preferred_send_time": st.sampled_from([time(2, 30), time(10), time(23, 45)]),
            "timezone": st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Apia"]),
            "zone_mode": st.sampled_from(["campaign", "contact"]),
            "skip_weekdays": st.lists(st.integers(1, 7), max_size=3, unique=True),
        }
    ),
)
caps = st.one_of(st.none(), st.builds(Cap, mails=st.integers(1, 2), days=st.integers(1, 5)))


@pytest.fixture
def machine_clock(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "clock.json"
    set_clock(place, START)
    clock.follow(place)
    yield place
    clock.follow(None)


@pytest.fixture
def database(fresh_database: Database) -> Database:
    """A database of its own: what is due next spring is nobody else's."""
    return fresh_database


@pytest.fixture
def settings(fresh_settings: Settings) -> Settings:
    return fresh_settings


def set_clock(place: Path, moment: datetime) -> None:
    clock.write(place, clock.Reading(machine.time(), moment.timestamp(), FROZEN))


async def run(desk: Desk, world: World, place: Path, until: datetime) -> None:
    """Let scans and steps happen at every slot, and whenever a mail is due."""
    now = START
    while now < until:
        set_clock(place, now)
        await scan_tenant(world.database, world.tenant_id)
        waiting = [mail for mail in await world.mails() if mail.state == "pending"]
        for kind in {mail.kind for mail in waiting if mail.due_at <= now}:
            await desk.send(world, kind)
        waits = [mail.due_at for mail in await world.mails() if mail.state == "pending"]
        slots = [
            next_slot(now, row.preferred_send_time, timetable_of(row).zone_for(zone))
            for row in await world.all(Campaign)
            for zone in ZONES
        ]
        now = min(moment for moment in [*slots, *waits, until] if moment > now)


async def simulated(world: World, people: dict[UUID, str | None], cap: Cap | None) -> set[Any]:
    """Every mail that the simulator promises, from who was enrolled when."""
    campaigns = {row.id: row for row in await world.all(Campaign)}
    promised = set()
    enrolled = await world.all(Enrollment)
    for contact, zone_name in people.items():
        courses = []
        for row in enrolled:
            if row.contact_id != contact:
                continue
            timetable = timetable_of(campaigns[row.campaign_id])
            messages = await world.messages(row.campaign_id)
            courses.append(
                Course(
                    campaign_id=row.campaign_id,
                    timetable=timetable,
                    zone=timetable.zone_for(zone_name),
                    day0=row.enrolled_on,
                    messages=[(message.id, message.send_day) for message in messages],
                )
            )
        found = forecast(courses, now=START, cap=cap)
        promised |= {(contact, mail.message_id, mail.at) for mail in found}
    return promised


def timetable_of(row: Campaign) -> Timetable:
    return Timetable.of(
        at=row.preferred_send_time,
        timezone=row.timezone,
        late_limit_hours=row.late_limit_hours,
        day_zero=row.day_zero,
        zone_mode=row.zone_mode,
        skip_weekdays=row.skip_weekdays,
    )


@examples(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plans=st.lists(plans, min_size=1, max_size=2), cap=caps)
async def test_the_worker_does_what_was_simulated(
    plans: list[Plan], cap: Cap | None, database: Database, desk: Desk, machine_clock: Path
):
    """Same mails, same instants; none on a day of rest, two of a campaign on a day, or over the
    cap; whatever the campaigns, the zones and the changes of clocks."""
    world = World(database, await add_tenant(database))
    set_clock(machine_clock, START)
    if cap is not None:
        async with database.control_unit_of_work() as session:
            tenant = await session.get_one(Tenant, world.tenant_id)
            tenant.cap_mails, tenant.cap_days = cap.mails, cap.days
    people = {await world.contact(timezone=zone): zone for zone in ZONES}
    rests = {}
    for plan in plans:
        campaign = await world.campaign(
            *plan.days, **plan.values, scanned_at=START, next_scan_at=START
        )
        rests[campaign] = plan.values["skip_weekdays"]
    await run(desk, world, machine_clock, START + HORIZON)

    mails = [mail for mail in await world.mails() if mail.state in {"sent", "delivered"}]
    until = START + HORIZON
    promised = {one for one in await simulated(world, people, cap) if one[2] < until}
    assert {(mail.contact_id, mail.message_id, mail.due_at) for mail in mails} == promised
    campaigns = {row.id: row for row in await world.all(Campaign)}
    for contact, zone_name in people.items():
        mine = sorted((m for m in mails if m.contact_id == contact), key=lambda m: m.sent_at)
        days: dict[UUID, list[Any]] = {}
        for mail in mine:
            zone: ZoneInfo = timetable_of(campaigns[mail.campaign_id]).zone_for(zone_name)
            days.setdefault(mail.campaign_id, []).append(local_date(mail.sent_at, zone))
        for campaign, on in days.items():
            assert all(one < two for one, two in pairwise(on))
            assert not any(day.isoweekday() in rests[campaign] for day in on)
