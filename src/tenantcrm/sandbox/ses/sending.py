"""SendEmail: check a mail as SES does, keep it, and only then say yes."""

from datetime import datetime
from typing import TypeVar

import msgspec
from uuid_utils import uuid4

from tenantcrm import clock
from tenantcrm.sandbox.ses import addresses
from tenantcrm.sandbox.ses.checks import (
    MOST_BYTES,
    check_mail_from,
    check_recipients,
    check_tenant,
    check_verified,
    configuration_set,
    recipients_in,
)
from tenantcrm.sandbox.ses.composing import composed
from tenantcrm.sandbox.ses.errors import BadRequestError, NotFoundError
from tenantcrm.sandbox.ses.mails import Taken
from tenantcrm.sandbox.ses.outbound import (
    Content,
    Destination,
    SendEmail,
    Template,
    TemplateContent,
)
from tenantcrm.sandbox.ses.simulator import Simulator
from tenantcrm.sandbox.ses.stamping import Head, split, stamped
from tenantcrm.sandbox.ses.templated import composed_from
from tenantcrm.sandbox.ses.templates import values_in

MOST_INLINE_BYTES = 1024 * 1024
"""Bytes of a request that brings its template with it."""
_HOME_REGION = "us-east-1"
T = TypeVar("T")


async def send_email(simulator: Simulator, request: SendEmail) -> str:
    """Take one mail; its SES message id. When this returns, the mail is in the inbox for good.

    Raises:
        SesError: SES would not take it.
    """
    now = clock.now()
    head = _head(request)
    senders = _senders(request, head)
    recipients = _recipients(request, head)
    check_verified(simulator, senders)
    check_mail_from(simulator, senders[0])
    check_recipients(simulator, recipients)
    under = configuration_set(simulator, request.configuration_set_name, senders[0])
    check_tenant(simulator, request.tenant_name, senders[0], under)
    simulator.account.admit(len(recipients), now)
    message_id = new_message_id(now)
    taken = Taken(
        message_id=message_id,
        received_at=now,
        sender=senders[0],
        recipients=recipients,
        tags=[(tag.name, tag.value) for tag in request.email_tags or ()],
        configuration_set=under,
        raw=stamped(head, f"{message_id}@{id_domain(simulator.region)}", now),
        tenant=request.tenant_name,
    )
    await simulator.store.write(simulator.mails.keep, taken, here=True)
    simulator.accepted(taken)
    return message_id


def new_message_id(now: datetime) -> str:
    """A message id as SES gives it: ever another, in order of time."""
    return f"0100{int(now.timestamp() * 1000):012x}-{uuid4()}-000000"


def id_domain(region: str) -> str:
    """The domain of Message-IDs, which the first region alone calls ``email``."""
    return "email.amazonses.com" if region == _HOME_REGION else f"{region}.amazonses.com"


def inline(template: Template) -> TemplateContent:
    """The template that a request brings with it.

    Raises:
        NotFoundError: it names one that is kept, of which the simulator has none.
        BadRequestError: there is none, or files go with it.
    """
    if template.template_content is None:
        name = template.template_name or template.template_arn
        if name:
            raise NotFoundError(f"Template {name} does not exist.")
        raise BadRequestError("Template needs TemplateContent, TemplateName or TemplateArn.")
    if template.attachments:
        raise BadRequestError("Attachments of a template are not simulated; send Raw or Simple.")
    return template.template_content


def _head(request: SendEmail) -> Head:
    content = request.content
    _check_one_kind(content)
    if content.raw is not None:
        return split(_fitting(content.raw.data))
    sender = request.from_email_address
    if not sender:
        raise BadRequestError("FromEmailAddress is required.")
    destination = request.destination or Destination()
    reply_to = request.reply_to_addresses or ()
    for mailbox in [sender, *destination.mailboxes(), *reply_to]:
        addresses.bare(mailbox)
    if content.simple is not None:
        return split(_fitting(composed(content.simple, sender, destination, reply_to)))
    template = content.template or Template()
    return composed_from(
        inline(template),
        values_in(template.template_data),
        sender=sender,
        destination=destination,
        reply_to=reply_to,
        headers=template.headers or (),
    )


def _fitting(raw: bytes) -> bytes:
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
    found = recipients_in(request.destination) if request.destination else []
    if not found and request.content.raw is not None:
        values = [value for name in (b"to", b"cc", b"bcc") for value in head.values(name)]
        found = [one for value in values for one in addresses.all_in(value)]
    return found


_decoder = msgspec.json.Decoder(SendEmail)


def read_request(body: bytes) -> SendEmail:
    """The request in a body.

    Raises:
        BadRequestError: it is not one, or too large for what it brings.
    """
    request = read(_decoder, body)
    if request.content.template is not None:
        check_inline_size(body)
    return request


def read(decoder: "msgspec.json.Decoder[T]", body: bytes) -> T:
    """What a body says, or the refusal of a body that says something else."""
    try:
        return decoder.decode(body)
    except msgspec.DecodeError as fault:
        raise BadRequestError(f"1 validation error detected: {fault}") from None


def check_inline_size(body: bytes) -> None:
    """See that a request with its own template is no larger than SES takes."""
    if len(body) > MOST_INLINE_BYTES:
        raise BadRequestError(
            f"A request with an inline template is {MOST_INLINE_BYTES} bytes at most: "
            f"'{len(body)}'."
        )
