"""What is asked of SES about domains, and about tenants of its own."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

import structlog
from botocore.exceptions import ClientError
from msgspec import Struct

from tenantcrm.delivery.identities.findings import SesWord
from tenantcrm.delivery.identities.records import zone_of
from tenantcrm.delivery.ses import DEADLINE, open_client
from tenantcrm.settings import Settings

log = structlog.get_logger()

TAG = {"Key": "tenantcrm", "Value": "domain"}
"""On identities that were made here: they are their tenants' by proof alone."""
_ZONE = "SigningHostedZone"
_ANSWERS = ("CreateEmailIdentity", "GetEmailIdentity", "PutEmailIdentityDkimSigningAttributes")


class SesDomain(Struct, frozen=True, kw_only=True):
    """A domain as SES knows it. ``ours``: it was made here. ``mail_from``: empty where unset."""

    tokens: tuple[str, ...]
    zone: str
    mail_from: str
    ours: bool
    word: SesWord


class SesDomains:
    """The calls. They raise what the client raises, unless they say otherwise."""

    def __init__(self, client: Any, region: str) -> None:
        """``client``: aiobotocore's, which has no types."""
        self._client, self._region = client, region

    async def create(self, name: str) -> SesDomain:
        """Have SES look for the domain's DKIM records; one that it knows already is left as it is.

        Raises:
            LookupError: it was removed at the same moment.
        """
        try:
            await _within(self._client.create_email_identity(EmailIdentity=name, Tags=[TAG]))
        except ClientError as fault:
            if code_of(fault) != "AlreadyExistsException":
                raise
        found = await self.get(name)
        if found is None:
            raise LookupError(name)
        return found

    async def write_to(self, address: str) -> None:
        """Have SES write to an address to verify it; one that it knows already is left."""
        try:
            await _within(self._client.create_email_identity(EmailIdentity=address))
        except ClientError as fault:
            if code_of(fault) != "AlreadyExistsException":
                raise

    async def get(self, name: str) -> SesDomain | None:
        """What SES says of a domain; None: it does not know it."""
        try:
            answer = await _within(self._client.get_email_identity(EmailIdentity=name))
        except ClientError as fault:
            if code_of(fault) == "NotFoundException":
                return None
            raise
        dkim, mail_from = answer.get("DkimAttributes", {}), answer.get("MailFromAttributes", {})
        return SesDomain(
            tokens=tuple(dkim.get("Tokens", ())),
            zone=answer.get(_ZONE) or zone_of(self._region),
            mail_from=mail_from.get("MailFromDomain", ""),
            ours=TAG in answer.get("Tags", []),
            word=SesWord(
                known=True,
                verified=bool(answer.get("VerifiedForSendingStatus")),
                dkim=dkim.get("Status", ""),
                mail_from=mail_from.get("MailFromDomainStatus", ""),
            ),
        )

    async def set_mail_from(self, name: str, mail_from: str) -> bool:
        """Give a domain its MAIL FROM domain; False: this SES cannot."""
        try:
            await _within(
                self._client.put_email_identity_mail_from_attributes(
                    EmailIdentity=name,
                    MailFromDomain=mail_from,
                    # Mail goes out under SES's own domain while the records are not there.
                    BehaviorOnMxFailure="USE_DEFAULT_VALUE",
                )
            )
        except ClientError as fault:
            log.warning("domains.no_mail_from", code=code_of(fault))
            return False
        return True

    async def look_again(self, name: str) -> None:
        """Have SES look for the DKIM records anew, after it has given up."""
        await _within(
            self._client.put_email_identity_dkim_signing_attributes(
                EmailIdentity=name,
                SigningAttributesOrigin="AWS_SES",
                SigningAttributes={"NextSigningKeyLength": "RSA_2048_BIT"},
            )
        )

    async def delete(self, name: str) -> None:
        """Have SES forget a domain; one that it does not know is forgotten already."""
        try:
            await _within(self._client.delete_email_identity(EmailIdentity=name))
        except ClientError as fault:
            if code_of(fault) != "NotFoundException":
                raise


def code_of(fault: ClientError) -> str:
    """SES's code of an error."""
    return str(fault.response.get("Error", {}).get("Code", ""))


async def _within(call: Awaitable[Any]) -> Any:
    async with asyncio.timeout(DEADLINE):
        return await call


def _keep_zone(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_more: object
) -> None:
    """Keep what the client's description of SES does not know yet, and would drop."""
    try:
        zone = json.loads(response_dict["body"])["DkimAttributes"][_ZONE]
    except (KeyError, TypeError, ValueError):
        return
    if isinstance(zone, str):
        customized_response_dict[_ZONE] = zone.rstrip(".").lower()


@asynccontextmanager
async def open_domains(settings: Settings) -> AsyncIterator[SesDomains]:
    """The calls, over a client that is closed at the end."""
    async with open_client(settings) as client:
        for operation in _ANSWERS:
            client.meta.events.register(f"before-parse.sesv2.{operation}", _keep_zone)
        yield SesDomains(client, settings.ses_region)
