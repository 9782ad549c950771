"""Email identities over the wire."""

from typing import Annotated

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.params import Parameter

from tenantcrm.sandbox.ses.api.answers import AnyRequest, answered, body_of, page_of
from tenantcrm.sandbox.ses.errors import BadRequestError
from tenantcrm.sandbox.ses.identities import Identity
from tenantcrm.sandbox.ses.outbound import Wire
from tenantcrm.sandbox.ses.simulator import Simulator

_HOME_REGION = "us-east-1"


class ResourceTag(Wire):
    """A tag of the account's owner on a resource."""

    key: str
    value: str


class DkimSigningAttributes(Wire):
    """How to sign; a selector means a key of the customer's own."""

    domain_signing_selector: str | None = None


class CreateEmailIdentity(Wire):
    """The request."""

    email_identity: str
    dkim_signing_attributes: DkimSigningAttributes | None = None
    tags: list[ResourceTag] | None = None
    configuration_set_name: str | None = None


def _dkim(identity: Identity, region: str) -> dict[str, object]:
    if identity.kind == "EMAIL_ADDRESS":
        return {"SigningEnabled": False, "Status": "NOT_STARTED"}
    zone = "dkim.amazonses.com" if region == _HOME_REGION else f"dkim.{region}.amazonses.com"
    return {
        "SigningEnabled": True,
        "Status": "SUCCESS",
        "Tokens": identity.tokens,
        "SigningHostedZone": zone,
        "SigningAttributesOrigin": "AWS_SES",
        "CurrentSigningKeyLength": "RSA_2048_BIT",
        "NextSigningKeyLength": "RSA_2048_BIT",
        "LastKeyGenerationTimestamp": identity.made_at,
    }


class EmailIdentitiesApi(Controller):
    """Create, get, list, delete."""

    path = "/v2/email/identities"

    @post("/", status_code=200)
    async def create(self, request: AnyRequest, simulator: Simulator) -> Response[bytes]:
        """CreateEmailIdentity: verified in the answer already."""
        try:
            asked = msgspec.json.decode(await body_of(request), type=CreateEmailIdentity)
        except msgspec.DecodeError as fault:
            raise BadRequestError(f"1 validation error detected: {fault}") from None
        if asked.dkim_signing_attributes and asked.dkim_signing_attributes.domain_signing_selector:
            raise BadRequestError("Bring Your Own DKIM is not simulated; leave the selector out.")
        if asked.configuration_set_name is not None:
            simulator.configuration_sets.get(asked.configuration_set_name)
        made = await simulator.identities.create(
            asked.email_identity,
            tags=tuple((tag.key, tag.value) for tag in asked.tags or ()),
            configuration_set=asked.configuration_set_name,
        )
        return answered(
            {
                "IdentityType": made.kind,
                "VerifiedForSendingStatus": True,
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
                "SendingEnabled": True,
                "VerificationStatus": "SUCCESS",
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
        return answered(
            {
                "IdentityType": found.kind,
                "FeedbackForwardingStatus": True,
                "VerifiedForSendingStatus": True,
                "VerificationStatus": "SUCCESS",
                "DkimAttributes": _dkim(found, simulator.region),
                "Policies": {},
                "Tags": [{"Key": key, "Value": value} for key, value in found.tags],
                "VerificationInfo": {
                    "LastCheckedTimestamp": found.made_at,
                    "LastSuccessTimestamp": found.made_at,
                },
            }
            | ({"ConfigurationSetName": found.configuration_set} if found.configuration_set else {})
        )

    @delete("/{name:str}", status_code=200)
    async def remove(self, simulator: Simulator, name: str) -> Response[bytes]:
        """DeleteEmailIdentity."""
        await simulator.identities.delete(name)
        return answered({})
