"""What goes to the posting process and comes back from it, and the headers of a request."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from tenantcrm.sandbox.ses.sns.canonical import NOTIFICATION

CONTENT_TYPE = "text/plain; charset=UTF-8"
AGENT = "Amazon Simple Notification Service Agent"


class Forgery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is wrong with a message on purpose, for whoever tests that it is refused."""

    key: bool = False
    """Signed with a key that the certificate does not name."""
    topic: str | None = None
    """Says that it is of this topic; the signature is right."""
    certificate_url: str | None = None
    """Names this place for the certificate."""
    body: bool = False
    """The message was changed after it was signed."""
    version: Literal["1", "2", "3"] = "2"
    """``1``: signed with SHA-1, as SNS does by default; ``3``: a version that is not there."""


class Parcel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is signed, and where it goes; ``url`` None: it is signed and given back."""

    id: int
    fields: dict[str, str]
    base: str
    """Where the simulator answers, for the links in the message."""
    subscription: str = ""
    url: str | None = None
    forgery: Forgery = Forgery()


class Outcome(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of a parcel. ``status`` 0: there was no answer, and ``fault`` says why."""

    id: int
    status: int = 0
    fault: str = ""
    document: str = ""


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """What the posting process says first: its certificate, by name and in PEM."""

    name: str
    certificate: str


def headers(fields: Mapping[str, str], subscription: str) -> dict[str, str]:
    """The headers of the request; a subscription that waits for confirmation is not named."""
    found = {
        "x-amz-sns-message-type": fields["Type"],
        "x-amz-sns-message-id": fields["MessageId"],
        "x-amz-sns-topic-arn": fields["TopicArn"],
        "Content-Type": CONTENT_TYPE,
        "User-Agent": AGENT,
    }
    if fields["Type"] == NOTIFICATION and subscription:
        found["x-amz-sns-subscription-arn"] = subscription
    return found
