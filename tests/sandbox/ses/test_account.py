import time
from datetime import UTC, datetime, timedelta

import pytest

from tenantcrm import clock
from tenantcrm.sandbox.ses.account import Account, Allowance
from tenantcrm.sandbox.ses.errors import TooManyRequestsError
from tests.sandbox.ses.running import client_of, refused, running, simple


async def test_the_quota_that_it_was_started_with(client):
    """GetAccount answers with rate, quota and what may be sent."""
    account = await client.get_account()
    assert account["SendingEnabled"] is True
    assert account["ProductionAccessEnabled"] is True
    assert account["EnforcementStatus"] == "HEALTHY"
    assert account["SendQuota"]["MaxSendRate"] == 10_000
    assert account["SendQuota"]["Max24HourSend"] == 50_000_000


async def test_what_was_sent_is_counted_by_recipient(tmp_path, someone):
    """SentLast24Hours counts recipients, outlives a kill and an emptied inbox."""
    with running(tmp_path, "--verified", "example.com") as first:
        async with client_of(first) as client:
            many = {"ToAddresses": [someone, "a@example.org"], "CcAddresses": ["b@example.org"]}
            await client.send_email(**simple(someone) | {"Destination": many})
            await client.send_email(**simple(someone))
            assert (await client.get_account())["SendQuota"]["SentLast24Hours"] == 4
        first.http.delete("/inbox/messages")
        first.process.kill()
    with running(tmp_path) as second:
        async with client_of(second) as client:
            assert (await client.get_account())["SendQuota"]["SentLast24Hours"] == 4


async def test_the_daily_quota_follows_the_sandbox_clock(tmp_path, someone):
    """Over the quota a send is a 429; a day later on the sandbox's clock it goes out."""
    machine = tmp_path / "clock.json"
    start = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
    clock.write(machine, clock.Reading(time.time(), start.timestamp(), 1.0))
    options = ("--verified", "example.com", "--max-24-hour-send", "2")
    with running(tmp_path, *options) as simulator:
        async with client_of(simulator) as client:
            await client.send_email(**simple(someone))
            await client.send_email(**simple(someone))
            with refused("TooManyRequestsException", "Daily message quota exceeded", 429):
                await client.send_email(**simple(someone))
            later = start + timedelta(days=1, minutes=1)
            clock.write(machine, clock.Reading(time.time(), later.timestamp(), 1.0))
            await client.send_email(**simple(someone))
            assert (await client.get_account())["SendQuota"]["SentLast24Hours"] == 1


async def test_over_the_rate(someone):
    """More than a second's worth at once is a 429, and nothing of it arrives."""
    options = ("--verified", "example.com", "--max-send-rate", "0.001")
    with running(None, *options) as simulator:
        async with client_of(simulator) as client:
            await client.send_email(**simple(someone))
            with refused("TooManyRequestsException", "Maximum sending rate exceeded", 429):
                await client.send_email(**simple(someone))
        assert len(simulator.messages()) == 1


async def test_an_account_that_may_not_send(someone):
    """A paused account says so to GetAccount and refuses every send."""
    with running(None, "--verified", "example.com", "--no-sending") as simulator:
        async with client_of(simulator) as client:
            assert (await client.get_account())["SendingEnabled"] is False
            with refused("SendingPausedException"):
                await client.send_email(**simple(someone))


async def test_without_production_access(someone):
    """An account in Amazon's own sandbox reaches verified recipients alone."""
    with running(None, "--verified", "example.com", "--no-production") as simulator:
        async with client_of(simulator) as client:
            assert (await client.get_account())["ProductionAccessEnabled"] is False
            await client.send_email(**simple("ada@example.com"))
            with refused("MessageRejected", someone):
                await client.send_email(**simple(someone))


async def test_the_allowance_can_be_changed(someone):
    """``/_account`` changes what is named and leaves the rest; sends follow at once."""
    with running(None, "--verified", "example.com") as simulator:
        async with client_of(simulator) as client:
            answer = simulator.http.put("/_account", json={"max_send_rate": 0.001})
            assert answer.json()["max_send_rate"] == 0.001
            assert answer.json()["max_24_hour_send"] == 50_000_000
            quota = (await client.get_account())["SendQuota"]
            assert (quota["MaxSendRate"], quota["Max24HourSend"]) == (0.001, 50_000_000)
            await client.send_email(**simple(someone))
            with refused("TooManyRequestsException", "Maximum sending rate", 429):
                await client.send_email(**simple(someone))
            simulator.http.put("/_account", json={"max_send_rate": 50, "max_24_hour_send": 1})
            with refused("TooManyRequestsException", "Daily message quota", 429):
                await client.send_email(**simple(someone))
            counted = simulator.http.get("/_account").json()["recipients"]
            assert counted == {"taken": 1, "throttled": 1, "over_quota": 1}
            simulator.http.put("/_account", json={"sending_enabled": False})
            with refused("SendingPausedException"):
                await client.send_email(**simple(someone))
            simulator.http.put("/_account", json={"enforcement": "SHUTDOWN"})
            assert (await client.get_account())["EnforcementStatus"] == "SHUTDOWN"
            with refused("AccountSuspendedException"):
                await client.send_email(**simple(someone))


@pytest.mark.parametrize("change", [{"rate": 1}, {"max_send_rate": 0}, {"max_send_rate": "fast"}])
def test_what_is_no_allowance(ses, change):
    """A name that is not known and a value that cannot be are refused, and nothing changes."""
    before = ses.http.get("/_account").json()["max_send_rate"]
    assert ses.http.put("/_account", json=change).status_code == 400
    assert ses.http.get("/_account").json()["max_send_rate"] == before


def test_the_rate_over_time():
    """The bucket holds one second's worth and fills at the rate, neither faster nor slower."""
    account = Account(Allowance(max_send_rate=100), {})
    now, real = datetime(2027, 3, 1, tzinfo=UTC), time.monotonic()
    taken = 0
    for step in range(300):
        for _ in range(5):
            try:
                account.admit(1, now, real + step / 100)
            except TooManyRequestsError:
                continue
            taken += 1
    assert 395 <= taken <= 400
