"""SendBulkEmail: many mails of one template, each with a status of its own."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tenantcrm import clock
from tenantcrm.sandbox.ses import addresses
from tenantcrm.sandbox.ses.checks import (
    check_mail_from,
    check_recipients,
    check_tenant,
    check_verified,
    configuration_set,
    recipients_in,
)
from tenantcrm.sandbox.ses.errors import BadRequestError, SesError, TooManyRequestsError
from tenantcrm.sandbox.ses.mails import Taken
from tenantcrm.sandbox.ses.outbound import BulkEntry, SendBulkEmail, Template
from tenantcrm.sandbox.ses.sending import check_inline_size, id_domain, inline, new_message_id, read
from tenantcrm.sandbox.ses.simulator import Simulator
from tenantcrm.sandbox.ses.stamping import stamped
from tenantcrm.sandbox.ses.templated import composed_from
from tenantcrm.sandbox.ses.templates import Values, compiled, values_in

MOST_ENTRIES = 50
_decoder = msgspec.json.Decoder(SendBulkEmail)
_STATUSES = {
    "MessageRejected": "MESSAGE_REJECTED",
    "TooManyRequestsException": "ACCOUNT_THROTTLED",
}
_WORDS = {
    "ACCOUNT_THROTTLED": "Maximum sending rate exceeded.",
    "TRANSIENT_FAILURE": "The entry failed for now, as the simulator was told.",
}


class Result(msgspec.Struct, rename="pascal", omit_defaults=True):
    """What became of an entry."""

    status: str
    error: str | None = None
    message_id: str | None = None


class _Common(msgspec.Struct):
    """What all entries of a request share."""

    sender: str
    sender_address: str
    template: Template
    values: Values
    under: str | None


def read_bulk_request(body: bytes) -> SendBulkEmail:
    """The request in a body.

    Raises:
        BadRequestError: it is not one, or too large.
    """
    check_inline_size(body)
    return read(_decoder, body)


async def send_bulk_email(simulator: Simulator, request: SendBulkEmail) -> Sequence[Result]:
    """Take the mails that can be taken; in the order of the entries, what became of each.

    When this returns, every mail with ``SUCCESS`` is in the inbox for good.

    Raises:
        SesError: SES would take none of them.
    """
    common = _common(simulator, request)
    now = clock.now()
    results: list[Result] = []
    kept: list[Taken] = []
    for entry in request.bulk_email_entries:
        planned = simulator.faults.draw_entry()
        if planned is not None:
            results.append(Result(planned, _WORDS[planned]))
            continue
        try:
            taken = _taken(simulator, request, common, entry, now)
        except SesError as refusal:
            results.append(Result(_status(refusal), refusal.message))
        else:
            kept.append(taken)
            results.append(Result("SUCCESS", message_id=taken.message_id))
    if kept:
        # One write for all: either every one of them is kept, or the request fails as a whole.
        await simulator.store.write(simulator.mails.keep_all, kept, here=True)
    for taken in kept:
        simulator.accepted(taken)
    return results


def _common(simulator: Simulator, request: SendBulkEmail) -> _Common:
    entries = len(request.bulk_email_entries)
    if not 1 <= entries <= MOST_ENTRIES:
        raise BadRequestError(f"BulkEmailEntries must be 1 to {MOST_ENTRIES}: '{entries}'.")
    sender = request.from_email_address
    if not sender:
        raise BadRequestError("FromEmailAddress is required.")
    template = request.default_content.template
    if template is None:
        raise BadRequestError("DefaultContent.Template is required.")
    content = inline(template)
    for source in (content.subject, content.text, content.html):
        compiled(source or "")
    for mailbox in request.reply_to_addresses or ():
        addresses.bare(mailbox)
    address = addresses.bare(sender)
    simulator.account.check_enabled()
    check_verified(simulator, [address])
    check_mail_from(simulator, address)
    under = configuration_set(simulator, request.configuration_set_name, address)
    check_tenant(simulator, request.tenant_name, address, under)
    return _Common(sender, address, template, values_in(template.template_data), under)


def _taken(
    simulator: Simulator, request: SendBulkEmail, common: _Common, entry: BulkEntry, now: datetime
) -> Taken:
    recipients = recipients_in(entry.destination)
    check_recipients(simulator, recipients)
    replaced = entry.replacement_email_content
    data = replaced.replacement_template if replaced else None
    values = common.values
    if data is not None and data.replacement_template_data:
        values = {**values, **values_in(data.replacement_template_data)}
    named = {field.name.lower(): field for field in common.template.headers or ()}
    named |= {field.name.lower(): field for field in entry.replacement_headers or ()}
    head = composed_from(
        inline(common.template),
        values,
        sender=common.sender,
        destination=entry.destination,
        reply_to=request.reply_to_addresses or (),
        headers=named.values(),
    )
    tags = {tag.name: tag.value for tag in request.default_email_tags or ()}
    tags |= {tag.name: tag.value for tag in entry.replacement_tags or ()}
    simulator.account.admit(len(recipients), now)
    message_id = new_message_id(now)
    return Taken(
        message_id=message_id,
        received_at=now,
        sender=common.sender_address,
        recipients=recipients,
        tags=list(tags.items()),
        configuration_set=common.under,
        raw=stamped(head, f"{message_id}@{id_domain(simulator.region)}", now),
        tenant=request.tenant_name,
        bulk=True,
    )


def _status(refusal: SesError) -> str:
    if isinstance(refusal, TooManyRequestsError) and refusal.daily:
        return "ACCOUNT_DAILY_QUOTA_EXCEEDED"
    return _STATUSES.get(refusal.kind, "INVALID_PARAMETER")
