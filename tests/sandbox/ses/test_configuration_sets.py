import pytest

from tests.sandbox.ses.running import refused, simple


async def test_what_it_was_made_with_comes_back(client):
    """Get answers with the options that Create was given."""
    options = {
        "TrackingOptions": {"CustomRedirectDomain": "t.example.com"},
        "SuppressionOptions": {"SuppressedReasons": ["BOUNCE"]},
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    await client.create_configuration_set(ConfigurationSetName="full", **options)
    found = await client.get_configuration_set(ConfigurationSetName="full")
    assert found["ConfigurationSetName"] == "full"
    assert found["SendingOptions"] == {"SendingEnabled": True}
    assert {name: found[name] for name in options} == options


async def test_names(client):
    """A name is taken once and has no odd letters."""
    await client.create_configuration_set(ConfigurationSetName="taken")
    with refused("AlreadyExistsException", "taken"):
        await client.create_configuration_set(ConfigurationSetName="taken")
    for name in ("a b", "a" * 65, "ü"):
        with refused("BadRequestException", name):
            await client.create_configuration_set(ConfigurationSetName=name)


async def test_a_deleted_one_is_gone(client):
    """After Delete neither Get nor List knows it."""
    await client.create_configuration_set(ConfigurationSetName="brief")
    assert "brief" in (await client.list_configuration_sets())["ConfigurationSets"]
    await client.delete_configuration_set(ConfigurationSetName="brief")
    assert "brief" not in (await client.list_configuration_sets())["ConfigurationSets"]
    for call in (client.get_configuration_set, client.delete_configuration_set):
        with refused("NotFoundException", "brief", 404):
            await call(ConfigurationSetName="brief")


@pytest.mark.parametrize("paused", [True, False])
async def test_sending_under_one(client, someone, paused):
    """A send under a set that is not there, or is switched off, is refused."""
    with refused("NotFoundException", "<nowhere>", 404):
        await client.send_email(**simple(someone), ConfigurationSetName="nowhere")
    name = f"switched-{paused}"
    await client.create_configuration_set(
        ConfigurationSetName=name, SendingOptions={"SendingEnabled": not paused}
    )
    if paused:
        with refused("BadRequestException", "Sending is disabled"):
            await client.send_email(**simple(someone), ConfigurationSetName=name)
    else:
        await client.send_email(**simple(someone), ConfigurationSetName=name)
