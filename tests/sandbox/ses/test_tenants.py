import json

from tests.sandbox.ses.running import client_of, refused, running, simple
from tests.sandbox.ses.test_bulk import bulk, entry, statuses

IDENTITY = "arn:aws:ses:us-east-1:123456789012:identity/{}"
SET = "arn:aws:ses:us-east-1:123456789012:configuration-set/{}"


async def test_a_tenant(client):
    """A tenant is made once, found, listed and deleted."""
    made = await client.create_tenant(TenantName="one", Tags=[{"Key": "k", "Value": "v"}])
    assert made["SendingStatus"] == "ENABLED"
    assert made["TenantArn"].endswith(f":tenant/one/{made['TenantId']}")
    with refused("AlreadyExistsException", "one"):
        await client.create_tenant(TenantName="one")
    found = (await client.get_tenant(TenantName="one"))["Tenant"]
    assert found["TenantId"] == made["TenantId"]
    assert found["Tags"] == [{"Key": "k", "Value": "v"}]
    listed = (await client.list_tenants())["Tenants"]
    assert "one" in [tenant["TenantName"] for tenant in listed]
    await client.delete_tenant(TenantName="one")
    for call in (client.get_tenant, client.delete_tenant):
        with refused("NotFoundException", "one", 404):
            await call(TenantName="one")
    with refused("BadRequestException", "not a name"):
        await client.create_tenant(TenantName="not a name")


async def test_resources(client):
    """A resource that is there is associated once, listed by type, and let go again."""
    await client.create_tenant(TenantName="res")
    await client.create_configuration_set(ConfigurationSetName="res")
    identity, under = IDENTITY.format("example.com"), SET.format("res")
    for arn in (identity, under):
        await client.create_tenant_resource_association(TenantName="res", ResourceArn=arn)
    with refused("AlreadyExistsException", identity):
        await client.create_tenant_resource_association(TenantName="res", ResourceArn=identity)
    for missing in (IDENTITY.format("nobody.example"), SET.format("nothing")):
        with refused("NotFoundException", status=404):
            await client.create_tenant_resource_association(TenantName="res", ResourceArn=missing)
    with refused("BadRequestException", "arn:aws:s3"):
        await client.create_tenant_resource_association(
            TenantName="res", ResourceArn="arn:aws:s3:::bucket"
        )
    listed = (await client.list_tenant_resources(TenantName="res"))["TenantResources"]
    assert {one["ResourceArn"] for one in listed} == {identity, under}
    only = await client.list_tenant_resources(
        TenantName="res", Filter={"RESOURCE_TYPE": "CONFIGURATION_SET"}
    )
    assert [one["ResourceArn"] for one in only["TenantResources"]] == [under]
    tenants = await client.list_resource_tenants(ResourceArn=under)
    assert [one["TenantName"] for one in tenants["ResourceTenants"]] == ["res"]
    await client.delete_tenant_resource_association(TenantName="res", ResourceArn=under)
    with refused("NotFoundException", under, 404):
        await client.delete_tenant_resource_association(TenantName="res", ResourceArn=under)


async def test_sending_for_a_tenant(ses, client, someone):
    """A tenant sends only with an identity and a configuration set that it has."""
    asked = simple(someone) | {"TenantName": "sender", "ConfigurationSetName": "sender"}
    with refused("NotFoundException", "sender", 404):
        await client.send_email(**simple(someone) | {"TenantName": "sender"})
    await client.create_tenant(TenantName="sender")
    await client.create_configuration_set(ConfigurationSetName="sender")
    with refused("BadRequestException", "Identity <example.com> is not associated"):
        await client.send_email(**asked)
    await client.create_tenant_resource_association(
        TenantName="sender", ResourceArn=IDENTITY.format("example.com")
    )
    with refused("BadRequestException", "Configuration set <sender> is not associated"):
        await client.send_email(**asked)
    with refused("BadRequestException", "needs a configuration set"):
        await client.send_email(**simple(someone) | {"TenantName": "sender"})
    with refused("BadRequestException", "is not associated"):
        await client.send_bulk_email(
            **bulk(entry(someone), TenantName="sender", ConfigurationSetName="sender")
        )
    await client.create_tenant_resource_association(
        TenantName="sender", ResourceArn=SET.format("sender")
    )
    await client.send_email(**asked)
    answer = await client.send_bulk_email(
        **bulk(entry(someone), TenantName="sender", ConfigurationSetName="sender")
    )
    assert statuses(answer) == ["SUCCESS"]
    lines = [json.loads(line) for line in ses.http.get("/_ledger").text.splitlines()]
    assert [line["tenant"] for line in lines if line["to"] == someone] == ["sender"] * 2


async def test_tenants_outlive_a_kill(tmp_path):
    """Tenants and what they may use are there again after a kill."""
    with running(tmp_path, "--verified", "example.com") as first:
        async with client_of(first) as client:
            await client.create_tenant(TenantName="stay")
            await client.create_tenant_resource_association(
                TenantName="stay", ResourceArn=IDENTITY.format("example.com")
            )
        first.process.kill()
    with running(tmp_path) as second:
        async with client_of(second) as client:
            listed = (await client.list_tenant_resources(TenantName="stay"))["TenantResources"]
            assert [one["ResourceType"] for one in listed] == ["EMAIL_IDENTITY"]
