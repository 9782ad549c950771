from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.ses.running import client_of, refused, running, simple


async def test_an_address_on_the_list(client, someone):
    """An address is on the list in any case of letters, with its reason, until it is deleted."""
    await client.put_suppressed_destination(EmailAddress=someone.upper(), Reason="BOUNCE")
    found = (await client.get_suppressed_destination(EmailAddress=someone))["SuppressedDestination"]
    assert (found["EmailAddress"], found["Reason"]) == (someone, "BOUNCE")
    assert abs(found["LastUpdateTime"] - datetime.now(UTC)) < timedelta(minutes=1)
    await client.put_suppressed_destination(EmailAddress=someone, Reason="COMPLAINT")
    found = (await client.get_suppressed_destination(EmailAddress=someone))["SuppressedDestination"]
    assert found["Reason"] == "COMPLAINT"
    await client.delete_suppressed_destination(EmailAddress=someone)
    for call in (client.get_suppressed_destination, client.delete_suppressed_destination):
        with refused("NotFoundException", someone, 404):
            await call(EmailAddress=someone)


async def test_mail_to_it_is_taken(ses, client, someone):
    """SES takes mail for a suppressed address as for any other."""
    await client.put_suppressed_destination(EmailAddress=someone, Reason="BOUNCE")
    assert (await client.send_email(**simple(someone)))["MessageId"]
    assert len(ses.messages(to=someone)) == 1


@pytest.mark.parametrize("wrong", ["nobody", "a b@example.com"])
async def test_what_is_no_address(client, wrong):
    """What is no address does not come on the list."""
    with refused("BadRequestException"):
        await client.put_suppressed_destination(EmailAddress=wrong, Reason="BOUNCE")


async def test_the_list_has_pages_and_filters(tmp_path):
    """Every address is on exactly one page; reasons and dates narrow the list; it outlives."""
    with running(tmp_path) as first:
        async with client_of(first) as client:
            for number in range(5):
                reason = "COMPLAINT" if number == 3 else "BOUNCE"
                await client.put_suppressed_destination(
                    EmailAddress=f"p{number}@example.net", Reason=reason
                )
        first.process.kill()
    with running(tmp_path) as second:
        async with client_of(second) as client:
            found: list[str] = []
            more: dict[str, str] = {}
            while True:
                page = await client.list_suppressed_destinations(PageSize=2, **more)
                found += [one["EmailAddress"] for one in page["SuppressedDestinationSummaries"]]
                if "NextToken" not in page:
                    break
                more = {"NextToken": page["NextToken"]}
            assert found == [f"p{number}@example.net" for number in range(5)]
            page = await client.list_suppressed_destinations(Reasons=["COMPLAINT"])
            [only] = page["SuppressedDestinationSummaries"]
            assert only["EmailAddress"] == "p3@example.net"
            later = datetime.now(UTC) + timedelta(hours=1)
            page = await client.list_suppressed_destinations(StartDate=later)
            assert page["SuppressedDestinationSummaries"] == []
            page = await client.list_suppressed_destinations(EndDate=later)
            assert len(page["SuppressedDestinationSummaries"]) == 5
