"""SendBulkEmail: many mails of one sender with one request, each with content of its own.

The template is nothing but three names: what SES puts in for them was rendered here. SES puts in
values as they are (Amazon SES developer guide, "Using templates": it escapes no HTML) and does not
look for ``{{`` in them again, so that a mail is the same as one sent by itself. One request asks
for up to fifty mails, and SES answers for each of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from tenantcrm.delivery import answers
from tenantcrm.delivery.answers import Outcome, Scope
from tenantcrm.delivery.ports import Mail, Tagged
from tenantcrm.delivery.states import State

MOST = 50
"""Entries of a request (SES quota)."""
LARGEST, MOST_BYTES = 1_000_000, 950_000
"""Bytes of a request: SES takes 1 MB of one with a template inside; and what is packed into one."""
MOST_DATA = 250_000
"""Characters of an entry's data: SES takes 262,144."""
SURELY = MOST_DATA // 10
"""Bytes of both parts that fit into an entry whatever they hold."""
SPREAD = 1.03
"""How much more than the first mail of a frame the others may grow. Where that was too little after
all, the request is not made, and its mails go one by one."""
MOST_VALUE = 870
"""Characters of a header field's value (SES API v2, MessageHeader)."""
ENVELOPE, AROUND = 2_000, 1_500
"""Bytes of a request around its entries, and of an entry around its parts, at most."""
TEMPLATE = {"Subject": "{{s}}", "Text": "{{t}}", "Html": "{{h}}"}

STATUSES: dict[str, tuple[State, Scope]] = {
    "SUCCESS": (State.SENT, Scope.MAIL),
    "MESSAGE_REJECTED": (State.FAILED, Scope.MAIL),
    "INVALID_PARAMETER": (State.FAILED, Scope.MAIL),
    "CONFIGURATION_SET_NOT_FOUND": (State.FAILED, Scope.MAIL),
    "TEMPLATE_NOT_FOUND": (State.FAILED, Scope.MAIL),
    "INVALID_SENDING_POOL_NAME": (State.FAILED, Scope.MAIL),
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": (State.PENDING, Scope.SENDER),
    "ACCOUNT_THROTTLED": (State.PENDING, Scope.RATE),
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": (State.PENDING, Scope.QUOTA),
    "ACCOUNT_SUSPENDED": (State.PENDING, Scope.ACCOUNT),
    "ACCOUNT_SENDING_PAUSED": (State.PENDING, Scope.ACCOUNT),
    "CONFIGURATION_SET_SENDING_PAUSED": (State.PENDING, Scope.ACCOUNT),
}
"""What an entry's status is to its mail, as :data:`answers.REFUSALS` has it for single requests.

TRANSIENT_FAILURE and FAILED are left out: they say that SES could not work on it, as a 5xx does,
and not that it has not. Such a mail is ``unknown`` until an event proves it.
"""


class TooLargeError(Exception):
    """A request has become larger than SES takes; it was not made."""


class Result(msgspec.Struct, frozen=True, rename="pascal"):
    """SES's answer for one entry."""

    status: str = ""
    error: str | None = None
    message_id: str | None = None


class Results(msgspec.Struct, frozen=True, rename="pascal"):
    """SES's answer to a request."""

    bulk_email_entry_results: list[Result] = []


_READ = msgspec.json.Decoder(Results)
_WRITE = msgspec.json.Encoder()


def tenant_of(mail: Mail) -> dict[str, str]:
    """The parameter that names SES's tenant, where there is one."""
    return {} if mail.ses_tenant is None else {"TenantName": mail.ses_tenant}


def entry(tagged: Tagged) -> bytes:
    """A mail as an entry of the request, in JSON."""
    mail, tags = tagged
    own = mail.letterhead
    fields = list(mail.frame.extra)
    if own.unsubscribe_url is not None:
        fields.append(("List-Unsubscribe", f"<{own.unsubscribe_url}>"))
        fields.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    data = {"s": own.subject, "t": mail.text, "h": mail.html}
    return _WRITE.encode(
        {
            "Destination": {"ToAddresses": [own.to]},
            "ReplacementEmailContent": {
                "ReplacementTemplate": {"ReplacementTemplateData": _WRITE.encode(data).decode()}
            },
            "ReplacementHeaders": [{"Name": name, "Value": value} for name, value in fields],
            "ReplacementTags": [{"Name": name, "Value": value} for name, value in tags.items()],
        }
    )


def request(parcel: Sequence[Tagged], more: Mapping[str, Any]) -> bytes:
    """The request for mails of one frame and tenant of SES. ``more``: parameters of each one.

    Raises:
        TooLargeError: SES would not take it.
    """
    whole = _WRITE.encode(
        {
            "FromEmailAddress": parcel[0].mail.frame.shown,
            "DefaultContent": {"Template": {"TemplateContent": TEMPLATE, "TemplateData": "{}"}},
            **more,
            **tenant_of(parcel[0].mail),
        }
    )
    entries = b",".join([entry(tagged) for tagged in parcel])
    body = b"%b,%b%b%b" % (whole[:-1], b'"BulkEmailEntries":[', entries, b"]}")
    if len(body) > LARGEST:
        raise TooLargeError
    return body


def fits(mail: Mail) -> bool:
    """Whether a mail can be an entry: not every one that can be sent can."""
    own = mail.letterhead
    size = _size(mail)
    return (
        (size < SURELY or size * _growth(mail) < MOST_DATA)
        and len(own.unsubscribe_url or "") + 2 <= MOST_VALUE
        and bool(own.subject and mail.text.strip() and mail.html.strip())
    )


def _size(mail: Mail) -> int:
    """Bytes of the two parts."""
    if mail.text.isascii() and mail.html.isascii():
        return len(mail.text) + len(mail.html)
    return len(mail.text.encode()) + len(mail.html.encode())


def _growth(mail: Mail) -> float:
    """How many times as large the parts are as JSON in JSON, where quotes and line ends grow."""
    grown = 0
    for part in (mail.text, mail.html):
        grown += 3 * (part.count('"') + part.count("\\")) + 2 * part.count("\n")
    return 1 + grown / _size(mail)


class _Open(msgspec.Struct):
    """The parcel of a frame that has room; mails of one frame grow alike."""

    growth: float
    places: list[int]
    filled: float = MOST_BYTES


def parcels(mails: Sequence[Mail]) -> list[list[int]]:
    """The places of mails that share a request: one frame, fifty at most, and under the bytes."""
    packed: list[list[int]] = []
    open_ones: dict[tuple[int, str | None], _Open] = {}
    for place, mail in enumerate(mails):
        if not fits(mail):
            packed.append([place])
            continue
        key = id(mail.frame), mail.ses_tenant
        found = open_ones.get(key)
        if found is None:
            found = open_ones[key] = _Open(_growth(mail) * SPREAD, [])
        size = AROUND + _size(mail) * found.growth
        if len(found.places) == MOST or found.filled + size > MOST_BYTES:
            found.places, found.filled = [], ENVELOPE
            packed.append(found.places)
        found.places.append(place)
        found.filled += size
    return packed


def read(content: bytes, count: int) -> list[Outcome]:
    """What came of each of ``count`` mails, by the answer to their request."""
    try:
        results = _READ.decode(content).bulk_email_entry_results
    except msgspec.MsgspecError:
        results = []
    if len(results) != count:
        # Which answer is whose cannot be told; some of them have been taken.
        return [answers.unanswered("The answer was not understood")] * count
    return [_outcome(result) for result in results]


def _outcome(result: Result) -> Outcome:
    if result.status not in STATUSES:
        words = f"Answered {result.status} {result.error or ''}".strip()
        return answers.unanswered(words)
    state, scope = STATUSES[result.status]
    if state is State.SENT:
        return answers.accepted(result.message_id or "")
    return answers.refused(result.status, result.error or "", state, scope)
