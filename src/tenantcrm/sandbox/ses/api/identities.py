"""Email identities over the wire."""

from typing import Annotated, Literal

from litestar import Controller, Response, delete, get, post, put
from litestar.params import Parameter
from msgspec.structs import replace

from tenantcrm.sandbox.ses.api.answers import AnyRequest, answered, page_of
from tenantcrm.sandbox.ses.api.requests import ResourceTag, asked
from tenantcrm.sandbox.ses.errors import BadRequestError
from tenantcrm.sandbox.ses.identities import Identity, OnMxFailure
from tenantcrm.sandbox.ses.outbound import Wire
from tenantcrm.sandbox.ses.simulator import Simulator

_HOME_REGION = "us-east-1"


class DkimSigningAttributes(Wire):
    """How to sign; a selector means a key of the customer's own."""

    domain_signing_selector: str | None = None


class CreateEmailIdentity(Wire):
    """The request."""

    email_identity: str
    dkim_signing_attributes: DkimSigningAttributes | None = None
    tags: list[ResourceTag] | None = None
    configuration_set_name: str | None = None


class PutMailFrom(Wire):
    """The request; no domain: SES's own again."""

    mail_from_domain: str | None = None
    behavior_on_mx_failure: OnMxFailure = "USE_DEFAULT_VALUE"


class PutDkim(Wire):
    """The request."""

    signing_enabled: bool = False


class PutDkimSigning(Wire):
    """The request."""

    signing_attributes_origin: Literal["AWS_SES", "EXTERNAL"]


class PutConfigurationSet(Wire):
    """The request; no name: none."""

    configuration_set_name: str | None = None


def _dkim(identity: Identity, region: str) -> dict[str, object]:
    if identity.kind == "EMAIL_ADDRESS":
        return {"SigningEnabled": False, "Status": "NOT_STARTED"}
    zone = "dkim.amazonses.com" if region == _HOME_REGION else f"dkim.{region}.amazonses.com"
    return {
        "SigningEnabled": identity.signing,
        "Status": identity.dkim,
        "Tokens": identity.tokens,
        "SigningHostedZone": zone,
        "SigningAttributesOrigin": "AWS_SES",
        "CurrentSigningKeyLength": "RSA_2048_BIT",
        "NextSigningKeyLength": "RSA_2048_BIT",
        "LastKeyGenerationTimestamp": identity.made_at,
    }


def _mail_from(identity: Identity) -> dict[str, object]:
    found = identity.mail_from
    if found is None:
        return {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}
    return {
        "MailFromDomain": found.domain,
        "MailFromDomainStatus": found.status,
        "BehaviorOnMxFailure": found.on_mx_failure,
    }


class EmailIdentitiesApi(Controller):
    """Create, get, list, delete, and what is set one by one."""

    path = "/v2/email/identities"

    @post("/", status_code=200)
    async def create(self, request: AnyRequest, simulator: Simulator) -> Response[bytes]:
        """CreateEmailIdentity: verified in the answer already, unless it was started otherwise."""
        document = await asked(request, CreateEmailIdentity)
        signing = document.dkim_signing_attributes
        if signing and signing.domain_signing_selector:
            raise BadRequestError("Bring Your Own DKIM is not simulated; leave the selector out.")
        if document.configuration_set_name is not None:
            simulator.configuration_sets.get(document.configuration_set_name)
        made = await simulator.identities.create(
            document.email_identity,
            tags=tuple((tag.key, tag.value) for tag in document.tags or ()),
            configuration_set=document.configuration_set_name,
        )
        return answered(
            {
                "IdentityType": made.kind,
                "VerifiedForSendingStatus": made.verified,
                "DkimAttributes": _dkim(made, simulator.region),
            }
        )

    @get("/")
    async def index(
        self,
        simulator: Simulator,
        next_token: Annotated[str | None, Parameter(query="NextToken")] = None,
        page_size: Annotated[int | None, Parameter(query="PageSize", ge=0, le=1000)] = None,
    ) -> Response[bytes]:
        """ListEmailIdentities."""
        known = {identity.name: identity for identity in simulator.identities.all()}
        names, following = page_of(list(known), next_token, page_size)
        listed = [
            {
                "IdentityType": known[name].kind,
                "IdentityName": name,
                "SendingEnabled": known[name].verified,
                "VerificationStatus": known[name].status,
            }
            for name in names
        ]
        return answered(
            {"EmailIdentities": listed} | ({"NextToken": following} if following else {})
        )

    @get("/{name:str}")
    async def one(self, simulator: Simulator, name: str) -> Response[bytes]:
        """GetEmailIdentity."""
        found = simulator.identities.get(name)
        checked = {"LastCheckedTimestamp": found.made_at}
        if found.verified:
            checked["LastSuccessTimestamp"] = found.made_at
        return answered(
            {
                "IdentityType": found.kind,
                "FeedbackForwardingStatus": True,
                "VerifiedForSendingStatus": found.verified,
                "VerificationStatus": found.status,
                "DkimAttributes": _dkim(found, simulator.region),
                "MailFromAttributes": _mail_from(found),
                "Policies": {},
                "Tags": [{"Key": key, "Value": value} for key, value in found.tags],
                "VerificationInfo": checked,
            }
            | ({"ConfigurationSetName": found.configuration_set} if found.configuration_set else {})
        )

    @delete("/{name:str}", status_code=200)
    async def remove(self, simulator: Simulator, name: str) -> Response[bytes]:
        """DeleteEmailIdentity."""
        await simulator.identities.delete(name)
        return answered({})

    @put("/{name:str}/mail-from")
    async def put_mail_from(
        self, request: AnyRequest, simulator: Simulator, name: str
    ) -> Response[bytes]:
        """PutEmailIdentityMailFromAttributes."""
        document = await asked(request, PutMailFrom)
        await simulator.identities.set_mail_from(
            name, document.mail_from_domain, document.behavior_on_mx_failure
        )
        return answered({})

    @put("/{name:str}/dkim")
    async def put_dkim(
        self, request: AnyRequest, simulator: Simulator, name: str
    ) -> Response[bytes]:
        """PutEmailIdentityDkimAttributes."""
        document = await asked(request, PutDkim)
        found = simulator.identities.get(name)
        await simulator.identities.replace(replace(found, signing=document.signing_enabled))
        return answered({})

    @put("/{name:str}/configuration-set")
    async def put_configuration_set(
        self, request: AnyRequest, simulator: Simulator, name: str
    ) -> Response[bytes]:
        """PutEmailIdentityConfigurationSetAttributes."""
        document = await asked(request, PutConfigurationSet)
        found = simulator.identities.get(name)
        wanted = document.configuration_set_name
        if wanted is not None:
            simulator.configuration_sets.get(wanted)
        await simulator.identities.replace(replace(found, configuration_set=wanted))
        return answered({})


@put("/v1/email/identities/{name:str}/dkim/signing")
async def put_dkim_signing(request: AnyRequest, simulator: Simulator, name: str) -> Response[bytes]:
    """PutEmailIdentityDkimSigningAttributes; version 1 of the path, as SES has it."""
    document = await asked(request, PutDkimSigning)
    if document.signing_attributes_origin != "AWS_SES":
        raise BadRequestError("Bring Your Own DKIM is not simulated; leave the selector out.")
    found = simulator.identities.get(name)
    return answered({"DkimStatus": found.dkim, "DkimTokens": found.tokens})
