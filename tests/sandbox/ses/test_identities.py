import pytest

from tests.sandbox.ses.running import client_of, refused, running, simple


async def test_a_domain_is_verified_at_once(client):
    """A new domain answers verified, with three DKIM tokens that stay the same."""
    made = await client.create_email_identity(
        EmailIdentity="Vinr.Example", Tags=[{"Key": "tenant", "Value": "ten_1"}]
    )
    assert made["IdentityType"] == "DOMAIN"
    assert made["VerifiedForSendingStatus"] is True
    assert made["DkimAttributes"]["Status"] == "SUCCESS"
    assert len(set(made["DkimAttributes"]["Tokens"])) == 3
    found = await client.get_email_identity(EmailIdentity="vinr.example")
    assert found["DkimAttributes"] == made["DkimAttributes"]
    assert found["VerificationStatus"] == "SUCCESS"
    assert found["Tags"] == [{"Key": "tenant", "Value": "ten_1"}]


def test_the_zone_of_the_dkim_records(ses):
    """The zone that the CNAME records point into is in the answer, as SES gives it."""
    ses.http.post("/v2/email/identities", json={"EmailIdentity": "zone.example"})
    found = ses.http.get("/v2/email/identities/zone.example").json()
    assert found["DkimAttributes"]["SigningHostedZone"] == "dkim.amazonses.com"


async def test_an_address_is_an_identity_too(ses, client, someone):
    """An address may send for itself and its labels, and not for its domain."""
    made = await client.create_email_identity(EmailIdentity="Solo@only.example")
    assert made["IdentityType"] == "EMAIL_ADDRESS"
    await client.send_email(**simple(someone) | {"FromEmailAddress": "Solo@ONLY.example"})
    await client.send_email(**simple(someone) | {"FromEmailAddress": "Solo+news@only.example"})
    assert len(ses.messages(to=someone)) == 2
    with refused("MessageRejected", "other@only.example"):
        await client.send_email(**simple(someone) | {"FromEmailAddress": "other@only.example"})


async def test_an_identity_is_made_once(client):
    """The same domain in another case is there already."""
    await client.create_email_identity(EmailIdentity="once.example")
    with refused("AlreadyExistsException", "once.example"):
        await client.create_email_identity(EmailIdentity="ONCE.example")


async def test_a_deleted_identity_sends_no_more(client, someone):
    """After its deletion an identity is unknown and what it covered is refused."""
    await client.create_email_identity(EmailIdentity="gone.example")
    await client.delete_email_identity(EmailIdentity="gone.example")
    for call in (client.get_email_identity, client.delete_email_identity):
        with refused("NotFoundException", "gone.example", 404):
            await call(EmailIdentity="gone.example")
    with refused("MessageRejected"):
        await client.send_email(**simple(someone) | {"FromEmailAddress": "hi@gone.example"})


@pytest.mark.parametrize("name", ["nodots", "a b.example", "@b.example", "-x.example", "ü.example"])
async def test_what_is_no_identity(client, name):
    """Neither an address nor a domain: refused by name."""
    with refused("BadRequestException", name):
        await client.create_email_identity(EmailIdentity=name)


async def test_a_key_of_ones_own_is_refused(client):
    """What the simulator does not do, it says."""
    with refused("BadRequestException", "Bring Your Own DKIM"):
        await client.create_email_identity(
            EmailIdentity="own.example",
            DkimSigningAttributes={
                "DomainSigningSelector": "mine",
                "DomainSigningPrivateKey": "a2V5",
            },
        )


async def test_the_list_has_pages(client):
    """Every identity is on exactly one page of the list."""
    names = {f"n{number}.paged.example" for number in range(7)}
    for name in names:
        await client.create_email_identity(EmailIdentity=name)
    found: list[str] = []
    more: dict[str, str] = {}
    while True:
        page = await client.list_email_identities(PageSize=3, **more)
        assert len(page["EmailIdentities"]) <= 3
        found += [one["IdentityName"] for one in page["EmailIdentities"]]
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}
    assert names <= set(found)
    assert len(found) == len(set(found))


async def test_the_default_configuration_set(ses, client, someone):
    """An identity's configuration set is used where a send names none."""
    await client.create_configuration_set(ConfigurationSetName="by-identity")
    with refused("NotFoundException", "missing", 404):
        await client.create_email_identity(
            EmailIdentity="default.example", ConfigurationSetName="missing"
        )
    await client.create_email_identity(
        EmailIdentity="default.example", ConfigurationSetName="by-identity"
    )
    await client.send_email(**simple(someone) | {"FromEmailAddress": "hi@default.example"})
    page = ses.http.get(f"/inbox/{ses.messages(to=someone)[0]['id']}").text
    assert "by-identity" in page


async def test_identities_outlive_a_restart(tmp_path):
    """Identities and configuration sets are there again after a kill, tokens and all."""
    with running(tmp_path) as first:
        async with client_of(first) as client:
            made = await client.create_email_identity(EmailIdentity="stay.example")
            await client.create_configuration_set(ConfigurationSetName="stay")
        first.process.kill()
    with running(tmp_path, "--verified", "stay.example") as second:
        async with client_of(second) as client:
            found = await client.get_email_identity(EmailIdentity="stay.example")
            assert found["DkimAttributes"] == made["DkimAttributes"]
            sets = await client.list_configuration_sets()
            assert sets["ConfigurationSets"] == ["stay"]
