"""The JSON of each event. Source: see ``mail_object``."""

import secrets
from datetime import datetime, timedelta

import msgspec
from uuid_utils import uuid4

from tenantcrm.sandbox.ses.events.mail_object import outgoing, timestamp
from tenantcrm.sandbox.ses.events.outcomes import EventName

SUBJECT = "Amazon SES Email Event Notification"
_SUPPRESSED = (
    "Amazon SES has suppressed sending to this address because it has a recent history of "
    "bouncing as an invalid address. For more information about how to remove an address from the "
    "suppression list, see the Amazon SES Developer Guide."
)
_ON_ACCOUNT_LIST = (
    "Amazon SES did not send the message to this address because it is on the suppression list "
    "for your account. For more information about removing addresses from the suppression list, "
    "see the Amazon SES Developer Guide."
)
_BOUNCES: dict[str, tuple[str, str]] = {
    "Permanent/General": ("5.1.1", "smtp; 550 5.1.1 user unknown"),
    "Permanent/NoEmail": ("5.1.1", "smtp; 550 5.1.1 the email account does not exist"),
    "Permanent/Suppressed": ("5.1.1", _SUPPRESSED),
    "Permanent/OnAccountSuppressionList": ("5.1.1", _ON_ACCOUNT_LIST),
    "Transient/General": ("4.4.7", "smtp; 554 4.4.7 Message expired: unable to deliver in time"),
    "Transient/MailboxFull": ("5.2.2", "smtp; 552 5.2.2 mailbox full"),
    "Transient/MessageTooLarge": ("5.3.4", "smtp; 552 5.3.4 message too big for system"),
    "Transient/ContentRejected": ("5.7.1", "smtp; 550 5.7.1 message content rejected"),
    "Transient/AttachmentRejected": ("5.7.1", "smtp; 552 5.7.0 attachment not accepted"),
    "Undetermined/Undetermined": ("5.0.0", "smtp; 550 unknown error"),
}
"""By type and sub-type: the status and the words of the other side."""
PERSON = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.1 Safari/605.1.15"
)
MACHINE = "Mozilla/5.0"
"""So Apple's Mail Privacy Protection calls itself, which fetches what nobody looks at."""
_PERSON_IP, _MACHINE_IP = "198.51.100.7", "17.58.97.11"
_MTA = "a8-25.smtp-out.amazonses.com"
_HOURS = timedelta(hours=12)


def record(
    event: EventName,
    mail: dict[str, object],
    recipient: str,
    at: datetime,
    *,
    detail: str = "",
    link: str = "",
    milliseconds: int = 0,
) -> str:
    """The record of one event of one mail.

    Args:
        event: its type.
        mail: the mail object.
        recipient: whom it concerns.
        at: when it happened, on the clock of the sandbox.
        detail: see :class:`~tenantcrm.sandbox.ses.events.outcomes.Step`.
        link: what was clicked.
        milliseconds: how long the mail took.
    """
    when = timestamp(at)
    found: dict[str, object] = {"eventType": event}
    match event:
        case "Send":
            found |= {"mail": mail, "send": {}}
        case "Delivery":
            found |= {"mail": outgoing(mail), "delivery": _delivery(recipient, when, milliseconds)}
        case "Bounce":
            found |= {"bounce": _bounce(recipient, when, detail), "mail": mail}
        case "Complaint":
            found |= {"complaint": _complaint(recipient, when, detail), "mail": mail}
        case "Reject":
            found |= {"mail": mail, "reject": {"reason": "Bad content"}}
        case "Open":
            found |= {"mail": outgoing(mail), "open": _seen(when, detail)}
        case "Click":
            click = _seen(when, detail) | {"link": link, "linkTags": None}
            found |= {"mail": outgoing(mail), "click": click}
        case "DeliveryDelay":
            found |= {"mail": mail, "deliveryDelay": _delay(recipient, when, at)}
        case "Rendering Failure":
            failure = {
                "templateName": "",
                "errorMessage": "Attribute 'name' is not present in the rendering data.",
            }
            found |= {"mail": mail, "failure": failure}
    return msgspec.json.encode(found).decode()


def _feedback_id() -> str:
    return f"0100{secrets.token_hex(6)}-{uuid4()}-000000"


def _bounce(recipient: str, when: str, detail: str) -> dict[str, object]:
    kind, _, sub_type = detail.partition("/")
    status, words = _BOUNCES[detail]
    return {
        "feedbackId": _feedback_id(),
        "bounceType": kind,
        "bounceSubType": sub_type,
        "bouncedRecipients": [
            {
                "emailAddress": recipient,
                "action": "failed",
                "status": status,
                "diagnosticCode": words,
            }
        ],
        "timestamp": when,
        "reportingMTA": "dns; amazonses.com" if "uppress" in sub_type else f"dsn; {_MTA}",
    }


def _complaint(recipient: str, when: str, detail: str) -> dict[str, object]:
    found: dict[str, object] = {
        "feedbackId": _feedback_id(),
        "complaintSubType": detail or None,
        "complainedRecipients": [{"emailAddress": recipient}],
        "timestamp": when,
    }
    if not detail:
        found |= {
            "userAgent": "Amazon SES Mailbox Simulator",
            "complaintFeedbackType": "abuse",
            "arrivalDate": when,
        }
    return found


def _delivery(recipient: str, when: str, milliseconds: int) -> dict[str, object]:
    return {
        "timestamp": when,
        "processingTimeMillis": milliseconds,
        "recipients": [recipient],
        "smtpResponse": "250 2.6.0 Message received",
        "remoteMtaIp": "192.0.2.54",
        "reportingMTA": _MTA,
    }


def _delay(recipient: str, when: str, at: datetime) -> dict[str, object]:
    return {
        "timestamp": when,
        "delayType": "TransientCommunicationFailure",
        "expirationTime": timestamp(at + _HOURS),
        "delayedRecipients": [
            {
                "emailAddress": recipient,
                "status": "4.4.1",
                "diagnosticCode": "smtp; 421 4.4.1 Unable to connect to remote host",
            }
        ],
    }


def _seen(when: str, detail: str) -> dict[str, object]:
    machine = detail == "machine"
    return {
        "timestamp": when,
        "userAgent": MACHINE if machine else PERSON,
        "ipAddress": _MACHINE_IP if machine else _PERSON_IP,
    }
