"""What a worker measures of what it does."""

from datetime import timedelta

from prometheus_client import REGISTRY

from tenantcrm.database import Database
from tenantcrm.delivery import metrics
from tenantcrm.delivery.service import refresh_stats
from tests.conftest import add_tenant
from tests.delivery.desk import Desk, settled
from tests.delivery.world import World
from tests.fixtures.fake_ses import Behaviour, FakeSes


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"tenantcrm_{name}", labels) or 0.0


async def test_counts_what_happens(desk: Desk, world: World, fake: FakeSes):
    """Claims, answers by state, refusals by code, and how long requests take and mails waited."""
    before = {
        "claimed": value("mails_claimed_total", kind="day_zero"),
        "sent": value("mails_settled_total", state="sent"),
        "refused": value("mails_refused_total", code="MessageRejected", scope="mail"),
        "seconds": value("request_seconds_count"),
        "lag": value("lag_seconds_sum", kind="day_zero"),
    }
    contacts = [await world.contact() for _ in range(6)]
    await world.due(*contacts, since=timedelta(seconds=30))
    refused = {mail.id.hex for mail in (await world.mails())[:2]}
    fake.behave = lambda d: Behaviour.REJECT if d in refused else Behaviour.ACCEPT
    async with desk.engines():
        states = await settled(world)
    assert states == {"sent": 4, "failed:MessageRejected": 2}
    # Other tenants of the database may have mail due, too: what is counted is at least this.
    assert value("mails_claimed_total", kind="day_zero") - before["claimed"] >= 6
    assert value("mails_settled_total", state="sent") - before["sent"] >= 4
    assert (
        value("mails_refused_total", code="MessageRejected", scope="mail") - before["refused"] >= 2
    )
    assert value("request_seconds_count") > before["seconds"]
    assert value("lag_seconds_sum", kind="day_zero") - before["lag"] >= 4 * 30
    assert value("requests_in_flight") == 0


async def test_looks_at_what_waits(fresh_database: Database):
    """Lanes with something due, since when, and unknown mails; no label names a tenant."""
    world = World(fresh_database, await add_tenant(fresh_database))
    await world.due(await world.contact(), since=timedelta(minutes=5))
    await refresh_stats(fresh_database)
    await metrics.look(fresh_database)
    assert value("lanes_due", kind="day_zero") == 1
    assert value("oldest_due_seconds", kind="day_zero") >= 300
    assert value("lanes_due", kind="drip") == 0
    assert value("mails_unknown") == 0
    await world.suspend()
    await metrics.look(fresh_database)
    assert value("lanes_due", kind="day_zero") == 0
    for metric in REGISTRY.collect():
        if metric.name.startswith("tenantcrm_"):
            assert not {label for sample in metric.samples for label in sample.labels} & {
                "tenant",
                "tenant_id",
            }
