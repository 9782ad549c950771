import pytest

from tests.sandbox.ses.running import client_of, refused, running

TOPIC = "arn:aws:sns:us-east-1:000000000000:tenantcrm"


def definition(*events, topic=TOPIC):
    """Where these events go."""
    return {
        "Enabled": True,
        "MatchingEventTypes": list(events),
        "SnsDestination": {"TopicArn": topic},
    }


async def test_a_destination(client):
    """A destination is added, read, changed and removed."""
    await client.create_configuration_set(ConfigurationSetName="told")
    named = {"ConfigurationSetName": "told", "EventDestinationName": "topic"}
    await client.create_configuration_set_event_destination(
        **named, EventDestination=definition("BOUNCE", "COMPLAINT")
    )
    with refused("AlreadyExistsException", "topic"):
        await client.create_configuration_set_event_destination(
            **named, EventDestination=definition("BOUNCE")
        )
    found = await client.get_configuration_set_event_destinations(ConfigurationSetName="told")
    [one] = found["EventDestinations"]
    assert one == {"Name": "topic", **definition("BOUNCE", "COMPLAINT")}
    await client.update_configuration_set_event_destination(
        **named, EventDestination=definition("SEND") | {"Enabled": False}
    )
    found = await client.get_configuration_set_event_destinations(ConfigurationSetName="told")
    [one] = found["EventDestinations"]
    assert (one["MatchingEventTypes"], one["Enabled"]) == (["SEND"], False)
    await client.delete_configuration_set_event_destination(**named)
    found = await client.get_configuration_set_event_destinations(ConfigurationSetName="told")
    assert found["EventDestinations"] == []
    with refused("NotFoundException", "topic", 404):
        await client.delete_configuration_set_event_destination(**named)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"SnsDestination": {"TopicArn": TOPIC}, "MatchingEventTypes": []}, "at least one"),
        ({"MatchingEventTypes": ["SEND"]}, "Only SnsDestination"),
        ({"SnsDestination": {"TopicArn": TOPIC}, "MatchingEventTypes": ["SENT"]}, "SENT"),
    ],
)
async def test_what_is_no_destination(client, ses, change, words):
    """What is not simulated and what does not exist are refused."""
    ses.http.post("/v2/email/configuration-sets", json={"ConfigurationSetName": "wrong"})
    with refused("BadRequestException", words):
        await client.create_configuration_set_event_destination(
            ConfigurationSetName="wrong", EventDestinationName="x", EventDestination=change
        )


async def test_ten_at_most(client):
    """A set has as many destinations as SES allows, each under its own name."""
    await client.create_configuration_set(ConfigurationSetName="many")
    for number in range(10):
        await client.create_configuration_set_event_destination(
            ConfigurationSetName="many",
            EventDestinationName=f"d{number}",
            EventDestination=definition("SEND"),
        )
    with refused("LimitExceededException", "10"):
        await client.create_configuration_set_event_destination(
            ConfigurationSetName="many",
            EventDestinationName="d10",
            EventDestination=definition("SEND"),
        )


async def test_destinations_outlive_a_kill(tmp_path):
    """A destination is there again after a kill."""
    with running(tmp_path) as first:
        async with client_of(first) as client:
            await client.create_configuration_set(ConfigurationSetName="stay")
            await client.create_configuration_set_event_destination(
                ConfigurationSetName="stay",
                EventDestinationName="topic",
                EventDestination=definition("SEND"),
            )
        first.process.kill()
    with running(tmp_path) as second:
        async with client_of(second) as client:
            found = await client.get_configuration_set_event_destinations(
                ConfigurationSetName="stay"
            )
            assert [one["Name"] for one in found["EventDestinations"]] == ["topic"]
