"""Tenants and their resources over the wire. Every operation is a POST, reading ones too."""

from litestar import Controller, Response, post

from tenantcrm.sandbox.ses.api.answers import AnyRequest, answered, page_of
from tenantcrm.sandbox.ses.api.requests import ResourceTag, asked
from tenantcrm.sandbox.ses.arns import resource, tenant_arn
from tenantcrm.sandbox.ses.errors import BadRequestError, NotFoundError
from tenantcrm.sandbox.ses.outbound import Wire
from tenantcrm.sandbox.ses.simulator import Simulator
from tenantcrm.sandbox.ses.tenants import SesTenant


class CreateTenant(Wire):
    """The request."""

    tenant_name: str
    tags: list[ResourceTag] | None = None


class NamedTenant(Wire):
    """A request about one tenant."""

    tenant_name: str


class Association(Wire):
    """A request about one resource of a tenant."""

    tenant_name: str
    resource_arn: str


class Listing(Wire):
    """A request for a page."""

    next_token: str | None = None
    page_size: int | None = None


class ResourcesListing(Listing):
    """A request for a page of a tenant's resources; ``filter``: by ``RESOURCE_TYPE``."""

    tenant_name: str = ""
    filter: dict[str, str] | None = None


class TenantsListing(Listing):
    """A request for a page of a resource's tenants."""

    resource_arn: str = ""


def _glance(tenant: SesTenant, region: str) -> dict[str, object]:
    return {
        "TenantName": tenant.name,
        "TenantId": tenant.id,
        "TenantArn": tenant_arn(region, tenant.name, tenant.id),
        "CreatedTimestamp": tenant.made_at,
    }


def _whole(tenant: SesTenant, region: str) -> dict[str, object]:
    return _glance(tenant, region) | {
        "Tags": [{"Key": key, "Value": value} for key, value in tenant.tags],
        "SendingStatus": "ENABLED",
    }


def _page(name: str, found: dict[str, dict[str, object]], listing: Listing) -> Response[bytes]:
    names, following = page_of(sorted(found), listing.next_token, listing.page_size)
    return answered(
        {name: [found[one] for one in names]} | ({"NextToken": following} if following else {})
    )


def _check_there(simulator: Simulator, arn: str) -> None:
    known = resource(arn, simulator.region)
    if known is None:
        raise BadRequestError(f"Invalid resource ARN <{arn}>.")
    kind, name = known
    if kind == "EMAIL_IDENTITY":
        simulator.identities.get(name)
    elif kind == "CONFIGURATION_SET":
        simulator.configuration_sets.get(name)
    else:
        raise NotFoundError(f"Template {name} does not exist.")


class TenantsApi(Controller):
    """Tenants, and the resources that each may use."""

    path = "/v2/email"

    @post("/tenants", status_code=200)
    async def create(self, request: AnyRequest, simulator: Simulator) -> Response[bytes]:
        """CreateTenant."""
        document = await asked(request, CreateTenant)
        tags = tuple((tag.key, tag.value) for tag in document.tags or ())
        made = await simulator.tenants.create(document.tenant_name, tags)
        return answered(_whole(made, simulator.region))

    @post("/tenants/get", status_code=200)
    async def one(self, request: AnyRequest, simulator: Simulator) -> Response[bytes]:
        """GetTenant."""
        found = simulator.tenants.get((await asked(request, NamedTenant)).tenant_name)
        return answered({"Tenant": _whole(found, simulator.region)})

    @post("/tenants/delete", status_code=200)
    async def remove(self, request: AnyRequest, simulator: Simulator) -> Response[bytes]:
        """DeleteTenant."""
        await simulator.tenants.delete((await asked(request, NamedTenant)).tenant_name)
        return answered({})

    @post("/tenants/list", status_code=200)
    async def index(self, request: AnyRequest, simulator: Simulator) -> Response[bytes]:
        """ListTenants."""
        found = {one.name: _glance(one, simulator.region) for one in simulator.tenants.all()}
        return _page("Tenants", found, await asked(request, Listing))

    @post("/tenants/resources", status_code=200)
    async def associate(self, request: AnyRequest, simulator: Simulator) -> Response[bytes]:
        """CreateTenantResourceAssociation."""
        document = await asked(request, Association)
        _check_there(simulator, document.resource_arn)
        await simulator.tenants.associate(document.tenant_name, document.resource_arn)
        return answered({})

    @post("/tenants/resources/delete", status_code=200)
    async def dissociate(self, request: AnyRequest, simulator: Simulator) -> Response[bytes]:
        """DeleteTenantResourceAssociation."""
        document = await asked(request, Association)
        await simulator.tenants.dissociate(document.tenant_name, document.resource_arn)
        return answered({})

    @post("/tenants/resources/list", status_code=200)
    async def resources(self, request: AnyRequest, simulator: Simulator) -> Response[bytes]:
        """ListTenantResources."""
        listing = await asked(request, ResourcesListing)
        wanted = (listing.filter or {}).get("RESOURCE_TYPE")
        found: dict[str, dict[str, object]] = {}
        for arn in simulator.tenants.get(listing.tenant_name).resources:
            known = resource(arn, simulator.region)
            if known is not None and wanted in {None, known[0]}:
                found[arn] = {"ResourceType": known[0], "ResourceArn": arn}
        return _page("TenantResources", found, listing)

    @post("/resources/tenants/list", status_code=200)
    async def tenants_of(self, request: AnyRequest, simulator: Simulator) -> Response[bytes]:
        """ListResourceTenants."""
        listing = await asked(request, TenantsListing)
        found: dict[str, dict[str, object]] = {
            one.name: {
                "TenantName": one.name,
                "TenantId": one.id,
                "ResourceArn": listing.resource_arn,
                "AssociatedTimestamp": one.resources[listing.resource_arn],
            }
            for one in simulator.tenants.all()
            if listing.resource_arn in one.resources
        }
        return _page("ResourceTenants", found, listing)
