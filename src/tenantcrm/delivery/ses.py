"""Amazon SES v2: one client a process, one request a mail, no retries inside.

SES has no idempotency token: with the SDK's own retries one time-out becomes five requests, and
up to five mails. So the client asks once and says what happened; :mod:`answers` reads it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from tenantcrm.delivery import answers, bulk
from tenantcrm.delivery.answers import Outcome, Scope
from tenantcrm.delivery.aws import library
from tenantcrm.delivery.ports import BulkSender, Mail, Quota, Tagged
from tenantcrm.delivery.states import State
from tenantcrm.delivery.tracking.overrides import overrides
from tenantcrm.delivery.wire import Wire
from tenantcrm.settings import Settings

CONNECT_SECONDS = 3
READ_SECONDS = 10
DEADLINE = 15.0
"""Seconds for a request as a whole; well under the lease."""
KEEPALIVE_SECONDS = 4
"""An idle connection is given up before the other side does: a request that meets a connection
which is being closed has no answer, and that mail would be unknown for nothing."""


class _Accepted(msgspec.Struct, frozen=True, rename="pascal"):
    """What SES says to SendEmail."""

    message_id: str


_READ = msgspec.json.Decoder(_Accepted)
_WRITE = msgspec.json.Encoder()


class SesBulk:
    """The port ``ports.BulkSender`` on SendBulkEmail."""

    def __init__(self, wire: Wire, more: Callable[[Mail], Mapping[str, Any]]) -> None:
        """``more``: parameters of a request, by the first of its mails; the others are alike."""
        self._wire = wire
        self._more = more

    def parcels(self, mails: Sequence[Mail]) -> list[list[int]]:
        """The places of those that share a request."""
        return bulk.parcels(mails)

    async def send(self, parcel: Sequence[Tagged]) -> list[Outcome]:
        """Ask once; what came of every mail, in their order.

        Raises:
            Exception: whatever went wrong with the request as a whole, for :func:`answers.read`.
        """
        body = bulk.request(parcel, self._more(parcel[0].mail))
        async with asyncio.timeout(DEADLINE):
            answer = await self._wire.post("SendBulkEmail", body)
        return bulk.read(answer, len(parcel))


class Ses:
    """The calls that the product makes."""

    def __init__(
        self, client: Any, wire: Wire, configuration_set: str | None, *, tracks: bool = False
    ) -> None:
        """Keep how it is asked.

        Args:
            client: aiobotocore's, which has no types.
            wire: for what is asked often.
            configuration_set: of every mail; None: SES's own default.
            tracks: whether SES tracks opens and clicks, and is told of each mail whether to.
        """
        self._client = client
        self._wire = wire
        self._set = {"ConfigurationSetName": configuration_set} if configuration_set else {}
        self._tracks = tracks
        self.bulk: BulkSender | None = SesBulk(wire, self._more)

    def _more(self, mail: Mail) -> dict[str, Any]:
        return {**self._set, **overrides(mail.tracked)} if self._tracks else self._set

    async def send(self, mail: Mail, tags: Mapping[str, str]) -> str:
        """Ask once; SES's message id. ``tags`` come back in every event of the mail.

        Raises:
            Exception: whatever went wrong, for :func:`answers.read`.
        """
        body = _WRITE.encode(
            {
                "Destination": {"ToAddresses": [mail.to]},
                "Content": {"Raw": {"Data": mail.raw}},  # It is written as base64.
                "EmailTags": [{"Name": name, "Value": value} for name, value in tags.items()],
                **self._more(mail),
                **bulk.tenant_of(mail),
            }
        )
        async with asyncio.timeout(DEADLINE):
            answer = await self._wire.post("SendEmail", body)
        return _READ.decode(answer).message_id

    def read(self, fault: Exception) -> Outcome:
        """What a :meth:`send` that raised has come to."""
        if isinstance(fault, bulk.TooLargeError):
            return answers.refused("too_large", "", State.FAILED, Scope.MAIL)
        return answers.read(fault)

    async def quota(self) -> Quota:
        """What the account may send."""
        async with asyncio.timeout(DEADLINE):
            answer = await self._client.get_account()
        quota = answer["SendQuota"]
        return Quota(
            a_day=float(quota["Max24HourSend"]),
            a_second=float(quota["MaxSendRate"]),
            sent_last_day=float(quota["SentLast24Hours"]),
            enabled=bool(answer.get("SendingEnabled", True)),
            production=bool(answer.get("ProductionAccessEnabled", True)),
        )

    async def max_send_rate(self) -> float:
        """Mails a second that the account may send (GetAccount)."""
        return (await self.quota()).a_second

    async def is_verified(self, identity: str) -> bool | None:
        """Whether SES sends for an address or domain; None: it does not know it."""
        try:
            async with asyncio.timeout(DEADLINE):
                answer = await self._client.get_email_identity(EmailIdentity=identity)
        except ClientError as fault:
            if fault.response.get("Error", {}).get("Code") == "NotFoundException":
                return None
            raise
        return bool(answer.get("VerifiedForSendingStatus"))

    async def create_identity(self, identity: str) -> None:
        """Ask SES to verify an address; it writes to it. One that is there already is left."""
        try:
            async with asyncio.timeout(DEADLINE):
                await self._client.create_email_identity(EmailIdentity=identity)
        except ClientError as fault:
            if fault.response.get("Error", {}).get("Code") != "AlreadyExistsException":
                raise


@asynccontextmanager
async def open_client(settings: Settings, *, connections: int = 4) -> AsyncIterator[Any]:
    """A bare client of SES v2, which has no types, with that many connections."""
    aws = await library()
    config = aws.config(
        connector_args={"keepalive_timeout": KEEPALIVE_SECONDS},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        max_pool_connections=connections,
        retries={"total_max_attempts": 1},
        # Both cost a quarter of the CPU of a call, and neither tells us anything.
        parameter_validation=False,
        user_agent="tenantcrm",
    )
    async with aws.session.client(
        "sesv2",
        region_name=settings.ses_region,
        endpoint_url=settings.ses_endpoint_url,
        config=config,
    ) as client:
        yield client


@asynccontextmanager
async def open_ses(settings: Settings, *, connections: int = 4) -> AsyncIterator[Ses]:
    """A client with that many connections; closes them at the end."""
    async with open_client(settings, connections=connections) as client:
        credentials = await (await library()).session.get_credentials()
        yield Ses(
            client,
            Wire(client, credentials),
            settings.ses_configuration_set,
            tracks=settings.tracking == "ses",
        )
