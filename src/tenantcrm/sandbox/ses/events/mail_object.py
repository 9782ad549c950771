"""The ``mail`` object that stands in every event: what was sent, by whom, with which tags.

Source: Amazon SES developer guide, "Contents of event data that Amazon SES publishes to Amazon
SNS", and records that SES published in 2026.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import getaddresses
from itertools import accumulate

from tenantcrm.sandbox.ses.arns import ACCOUNT, identity_arn
from tenantcrm.sandbox.ses.inbox.decoding import header_of

MOST_HEADERS = 10 * 1024
"""Bytes of headers beyond which SES cuts them."""
_END = re.compile(rb"\r?\n\r?\n")
_FIELD = re.compile(r"^([!-9;-~]+)[ \t]*:[ \t]*([^\n]*(?:\n[ \t][^\n]*)*)", re.MULTILINE)
_FOLD = re.compile(r"\r?\n[ \t]")
_SEVERAL = re.compile(r"[,;:\"()]")
_STAMPED = frozenset({"Message-ID", "Date"})
"""What SES writes itself, as it writes it."""
_COMMON_LISTS = {"from": "from", "to": "to", "cc": "cc", "reply-to": "replyTo"}
_SOURCE_IP, _OUTGOING_IP = "127.0.0.1", "192.0.2.25"
"""The second is an address of documentation (RFC 5737)."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What is to be known of a mail for its events, whether it was just taken or is kept."""

    mail_id: int
    message_id: str
    received_at: datetime
    sender: str
    recipients: Sequence[str]
    tags: Sequence[tuple[str, str]]
    configuration_set: str
    raw: bytes
    """The source, or as much of it as holds the headers."""
    identity: str
    """The name of the identity that it was sent from."""
    region: str
    bulk: bool = False


def mail_object(sent: Sent) -> dict[str, object]:
    """The object, without what a delivery adds to it."""
    named, truncated = _headers(sent.raw)
    return {
        "timestamp": timestamp(sent.received_at),
        "source": _common(named, "from") or sent.sender,
        "sourceArn": identity_arn(sent.region, sent.identity),
        "sendingAccountId": ACCOUNT,
        "messageId": sent.message_id,
        "destination": list(sent.recipients),
        "headersTruncated": truncated,
        "headers": [{"name": name, "value": value} for name, value in named],
        "commonHeaders": _common_headers(named, sent),
        "tags": _tags(sent),
    }


def outgoing(mail: dict[str, object]) -> dict[str, object]:
    """The object of a mail that has left: its tags name the address that it left from."""
    tags = dict(mail["tags"])  # type: ignore[call-overload] # made a dict by mail_object()
    tags["ses:outgoing-ip"] = [_OUTGOING_IP]
    tags["ses:outgoing-tls-version"] = ["TLSv1.3"]
    return {**mail, "tags": tags}


def timestamp(at: datetime) -> str:
    """``2026-11-22T19:10:07.123Z``."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _headers(raw: bytes) -> tuple[list[tuple[str, str]], bool]:
    """The headers as they were given to SES, unfolded, and whether some are left out."""
    end = _END.search(raw)
    block = (raw[: end.start()] if end else raw).decode("utf-8", "replace")
    named = [
        (name, (_FOLD.sub(" ", value) if "\n" in value else value).rstrip())
        for name, value in _FIELD.findall(block)
        # These are SES's own here: it replaced whatever the mail came with.
        if name not in _STAMPED
    ]
    if len(block) <= MOST_HEADERS:
        return named, False
    sizes = accumulate(len(name) + len(value) + 4 for name, value in named)
    kept = [one for one, size in zip(named, sizes, strict=True) if size <= MOST_HEADERS]
    return kept, len(kept) < len(named)


def _common(named: Sequence[tuple[str, str]], wanted: str) -> str:
    return next((value for name, value in named if name.lower() == wanted), "")


def _common_headers(named: Sequence[tuple[str, str]], sent: Sent) -> dict[str, object]:
    found: dict[str, object] = {}
    for header, key in _COMMON_LISTS.items():
        if value := _common(named, header):
            found[key] = _mailboxes(value)
    found["messageId"] = sent.message_id
    if subject := _common(named, "subject"):
        found["subject"] = _read(subject)
    return found


def _mailboxes(value: str) -> list[str]:
    if _SEVERAL.search(value) is None:
        return [_read(value)]
    read = ((_read(name), address) for name, address in getaddresses([value]))
    return [f"{name} <{address}>" if name else address for name, address in read]


def _read(value: str) -> str:
    """A value with its encoded words decoded; most have none, and reading them takes long."""
    return header_of(value) if "=?" in value else value


def _tags(sent: Sent) -> dict[str, list[str]]:
    tags = {
        "ses:source-tls-version": ["TLSv1.3"],
        "ses:operation": ["SendBulkEmail" if sent.bulk else "SendEmail"],
        "ses:configuration-set": [sent.configuration_set],
        "ses:source-ip": [_SOURCE_IP],
        "ses:from-domain": [sent.sender.rpartition("@")[2]],
        "ses:caller-identity": ["sandbox"],
    }
    for name, value in sent.tags:
        tags.setdefault(name, []).append(value)
    return tags
