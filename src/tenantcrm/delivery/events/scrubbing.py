"""What is kept of a notice: the ledger outlives the contact, so no address of a person is in it.

What is not named here is not kept: recipients, headers, subjects, internet addresses. Words of
mail servers are kept without the addresses that they quote.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

LONGEST = 1_000
SHORTEST_LOCAL = 3
"""A local part shorter than that is a word, and names nobody."""
PERSON = "(the recipient)"
KEPT: Mapping[str, tuple[str, ...]] = {
    "mail": ("timestamp", "messageId"),
    "send": (),
    "delivery": ("timestamp", "processingTimeMillis", "smtpResponse", "reportingMTA"),
    "bounce": ("timestamp", "bounceType", "bounceSubType", "feedbackId", "reportingMTA"),
    "complaint": (
        "timestamp",
        "complaintSubType",
        "complaintFeedbackType",
        "feedbackId",
        "arrivalDate",
    ),
    "reject": ("reason",),
    "open": ("timestamp", "userAgent"),
    "click": ("timestamp", "userAgent", "link"),
    "failure": ("templateName", "errorMessage"),
    "deliveryDelay": ("timestamp", "delayType", "expirationTime", "reportingMTA"),
    "subscription": ("timestamp",),
}
"""Of each object of a record, the fields that are kept."""
TAGS = ("d", "a", "t", "ses:configuration-set")
_ADDRESS = re.compile(r"[^\s<>\"'(),:;=\[\]]+(?:@|%40)[^\s<>\"'(),:;\[\]]+", re.IGNORECASE)


def scrub(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record of SES without people's addresses; what is not as documented is left out."""
    words = _Words(recipients(record))
    kept: dict[str, Any] = {"eventType": words.clean(record.get("eventType"))}
    for name, fields in KEPT.items():
        part = record.get(name)
        if isinstance(part, Mapping):
            kept[name] = {field: words.clean(part[field]) for field in fields if field in part}
    if "link" in kept.get("click", {}):
        kept["click"]["link"] = _without_query(str(kept["click"]["link"] or ""))
    kept.setdefault("mail", {})["tags"] = _tags(record)
    bounce = record.get("bounce")
    if isinstance(bounce, Mapping):
        kept["bounce"]["bouncedRecipients"] = [
            {field: words.clean(one.get(field)) for field in ("action", "status", "diagnosticCode")}
            for one in _mappings(bounce.get("bouncedRecipients"))
        ]
    return kept


def recipients(record: Mapping[str, Any]) -> list[str]:
    """The addresses that a record names as recipients; none, when it was scrubbed."""
    mail, found = record.get("mail"), list[str]()
    if isinstance(mail, Mapping) and isinstance(mail.get("destination"), list):
        found += [one for one in mail["destination"] if isinstance(one, str)]
    for name, field in (("bounce", "bouncedRecipients"), ("complaint", "complainedRecipients")):
        part = record.get(name)
        if isinstance(part, Mapping):
            named = (one.get("emailAddress") for one in _mappings(part.get(field)))
            found += [one for one in named if isinstance(one, str)]
    return [address for address in found if "@" in address]


def tag(record: Mapping[str, Any], name: str) -> str | None:
    """The first value of a tag that the mail was sent with."""
    values = _tags(record).get(name, [])
    return values[0] if values else None


def _tags(record: Mapping[str, Any]) -> dict[str, list[str]]:
    mail = record.get("mail")
    tags = mail.get("tags") if isinstance(mail, Mapping) else None
    if not isinstance(tags, Mapping):
        return {}
    return {
        name: [str(value)[:LONGEST] for value in tags[name] if isinstance(value, str)]
        for name in TAGS
        if isinstance(tags.get(name), list)
    }


def _mappings(values: Any) -> list[Mapping[str, Any]]:
    return [one for one in values if isinstance(one, Mapping)] if isinstance(values, list) else []


class _Words:
    """Takes a mail's recipients out of texts."""

    def __init__(self, addresses: Iterable[str]) -> None:
        found = {address.partition("@")[0].strip("<\"' ").lower() for address in addresses}
        self._locals = sorted((n for n in found if len(n) >= SHORTEST_LOCAL), key=len, reverse=True)

    def clean(self, value: Any) -> str | int | float | None:
        """A plain value without addresses, and of bearable length; None for anything else."""
        if isinstance(value, int | float) or value is None:
            return value
        if not isinstance(value, str):
            return None
        # PostgreSQL's jsonb holds no NUL, and half a surrogate pair has no UTF-8.
        text = value[: 2 * LONGEST].replace("\0", "").encode("utf-8", "replace").decode()
        text = _ADDRESS.sub(PERSON, text)
        for name in self._locals:
            if name in text.lower():
                whole = rf"(?<![\w.-]){re.escape(name)}(?![\w-])"
                text = re.sub(whole, PERSON, text, flags=re.IGNORECASE)
        return text[:LONGEST]


def _without_query(link: str) -> str:
    try:
        parts = urlsplit(link)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}" if parts.netloc else ""
