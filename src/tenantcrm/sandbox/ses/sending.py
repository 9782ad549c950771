"""SendEmail: check a mail as SES does, keep it, and only then say yes."""

from collections.abc import Iterable

import msgspec
from uuid_utils import uuid4

from tenantcrm import clock
from tenantcrm.sandbox.ses import addresses
from tenantcrm.sandbox.ses.composing import composed
from tenantcrm.sandbox.ses.errors import BadRequestError, MessageRejectedError
from tenantcrm.sandbox.ses.mails import Taken
from tenantcrm.sandbox.ses.outbound import Content, Destination, SendEmail
from tenantcrm.sandbox.ses.simulator import Simulator
from tenantcrm.sandbox.ses.stamping import Head, split, stamped

MOST_RECIPIENTS = 50
MOST_BYTES = 40 * 1024 * 1024
_HOME_REGION = "us-east-1"


async def send_email(simulator: Simulator, request: SendEmail) -> str:
    """Take one mail; its SES message id. When this returns, the mail is in the inbox for good.

    Raises:
        SesError: SES would not take it.
    """
    now = clock.now()
    head = split(_raw(request))
    senders = _senders(request, head)
    recipients = _recipients(request, head)
    _check_verified(simulator, senders)
    if not simulator.account.allowance.production_access:
        _check_verified(simulator, recipients)
    configuration_set = _configuration_set(simulator, request, senders[0])
    simulator.account.admit(len(recipients), now)
    message_id = f"0100{int(now.timestamp() * 1000):012x}-{uuid4()}-000000"
    taken = Taken(
        message_id=message_id,
        received_at=now,
        sender=senders[0],
        recipients=recipients,
        tags=[(tag.name, tag.value) for tag in request.email_tags or ()],
        configuration_set=configuration_set,
        raw=stamped(head, f"{message_id}@{_domain(simulator.region)}", now),
    )
    await simulator.store.write(simulator.mails.keep, taken)
    simulator.accepted(taken)
    return message_id


def _domain(region: str) -> str:
    """The domain of Message-IDs, which the first region alone calls ``email``."""
    return "email.amazonses.com" if region == _HOME_REGION else f"{region}.amazonses.com"


def _raw(request: SendEmail) -> bytes:
    content = request.content
    _check_one_kind(content)
    if content.raw is not None:
        raw = content.raw.data
    elif content.simple is not None:
        sender = request.from_email_address
        if not sender:
            raise BadRequestError("FromEmailAddress is required.")
        destination = request.destination or Destination()
        for mailbox in [sender, *destination.mailboxes(), *(request.reply_to_addresses or ())]:
            addresses.bare(mailbox)
        raw = composed(content.simple, sender, destination, request.reply_to_addresses or ())
    else:
        raise BadRequestError("Template content is not simulated; send Raw or Simple.")
    if len(raw) > MOST_BYTES:
        raise BadRequestError(f"Message length is more than {MOST_BYTES} bytes long: '{len(raw)}'.")
    return raw


def _check_one_kind(content: Content) -> None:
    if [content.raw, content.simple, content.template].count(None) != 2:  # noqa: PLR2004 -- of three
        raise BadRequestError("Content must be exactly one of Raw, Simple and Template.")


def _senders(request: SendEmail, head: Head) -> list[str]:
    """The envelope's sender first, then whom the mail says that it is from; SES checks them all."""
    named = [one for value in head.values(b"from") for one in addresses.all_in(value)]
    if request.from_email_address:
        named.insert(0, addresses.bare(request.from_email_address))
    if not named:
        raise BadRequestError("Missing required header 'From'.")
    return named


def _recipients(request: SendEmail, head: Head) -> list[str]:
    """Destination where it is given, else the headers of the mail."""
    found = (
        [addresses.bare(m) for m in request.destination.mailboxes()] if request.destination else []
    )
    if not found and request.content.raw is not None:
        values = [value for name in (b"to", b"cc", b"bcc") for value in head.values(name)]
        found = [one for value in values for one in addresses.all_in(value)]
    if not found:
        raise BadRequestError("The message has no recipients.")
    if len(found) > MOST_RECIPIENTS:
        raise BadRequestError(f"Recipient count exceeds {MOST_RECIPIENTS}.")
    return found


def _check_verified(simulator: Simulator, named: Iterable[str]) -> None:
    failed = [one for one in dict.fromkeys(named) if simulator.identities.covering(one) is None]
    if failed:
        raise MessageRejectedError(
            "Email address is not verified. The following identities failed the check in region "
            f"{simulator.region.upper()}: {', '.join(failed)}"
        )


def _configuration_set(simulator: Simulator, request: SendEmail, sender: str) -> str | None:
    identity = simulator.identities.covering(sender)
    name = request.configuration_set_name or (identity.configuration_set if identity else None)
    if name is None:
        return None
    found = simulator.configuration_sets.get(name)
    if not found.sending_enabled:
        raise BadRequestError(f"Sending is disabled for the configuration set <{name}>.")
    return found.name


_decoder = msgspec.json.Decoder(SendEmail)


def read_request(body: bytes) -> SendEmail:
    """The request in a body.

    Raises:
        BadRequestError: it is not one.
    """
    try:
        return _decoder.decode(body)
    except msgspec.DecodeError as fault:
        raise BadRequestError(f"1 validation error detected: {fault}") from None
