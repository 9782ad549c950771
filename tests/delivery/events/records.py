"""SES's records of events, as its documentation shows them."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

BROWSER = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:140.0) Gecko/20100101 Firefox/140.0"
APPLE = "Mozilla/5.0"


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def record(
    event: str,
    tenant_id: UUID,
    delivery_id: UUID,
    *,
    sent_at: datetime,
    after: float = 1.0,
    to: str = "ada@example.com",
    hard: bool = True,
    words: str = "smtp; 550 5.1.1 user unknown",
    agent: str = BROWSER,
    **more: Any,
) -> dict[str, Any]:
    """What SES publishes of one mail; ``after``: seconds from its sending."""
    at = stamp(sent_at + timedelta(seconds=after))
    mail = {
        "timestamp": stamp(sent_at),
        "messageId": f"0100-{delivery_id.hex}-000000",
        "source": "hi@example.com",
        "sendingAccountId": "000000000000",
        "destination": [to],
        "headersTruncated": False,
        "headers": [{"name": "To", "value": to}, {"name": "Subject", "value": "Hello Ada"}],
        "commonHeaders": {"to": [to], "subject": "Hello Ada"},
        "tags": {
            "d": [delivery_id.hex],
            "a": ["1"],
            "t": [tenant_id.hex],
            "ses:source-ip": ["192.0.2.1"],
            "ses:configuration-set": ["tenantcrm"],
        },
    }
    parts: dict[str, dict[str, Any]] = {
        "Send": {"send": {}},
        "Delivery": {
            "delivery": {
                "timestamp": at,
                "processingTimeMillis": 900,
                "recipients": [to],
                "smtpResponse": f"250 2.0.0 OK <{to}>",
                "remoteMtaIp": "192.0.2.9",
                "reportingMTA": "a.smtp-out.amazonses.com",
            }
        },
        "Bounce": {
            "bounce": {
                "bounceType": "Permanent" if hard else "Transient",
                "bounceSubType": "General",
                "bouncedRecipients": [
                    {
                        "emailAddress": to,
                        "action": "failed",
                        "status": "5.1.1",
                        "diagnosticCode": words,
                    }
                ],
                "timestamp": at,
                "feedbackId": f"0100-{delivery_id.hex[:8]}",
                "reportingMTA": "dsn; a.amazonses.com",
            }
        },
        "Complaint": {
            "complaint": {
                "complainedRecipients": [{"emailAddress": to}],
                "timestamp": at,
                "feedbackId": f"0100-{delivery_id.hex[8:16]}",
                "userAgent": "ExampleCorp Feedback Loop (V0.01)",
                "complaintFeedbackType": "abuse",
                "arrivalDate": at,
            }
        },
        "Open": {"open": {"ipAddress": "192.0.2.7", "timestamp": at, "userAgent": agent}},
        "Click": {
            "click": {
                "ipAddress": "192.0.2.7",
                "link": "https://example.com/plans?email=ada%40example.com#top",
                "linkTags": None,
                "timestamp": at,
                "userAgent": agent,
            }
        },
        "Reject": {"reject": {"reason": "Bad content"}},
        "DeliveryDelay": {
            "deliveryDelay": {
                "timestamp": at,
                "delayType": "TransientCommunicationFailure",
                "expirationTime": at,
                "delayedRecipients": [{"emailAddress": to, "status": "4.4.1"}],
            }
        },
    }
    return {"eventType": event, "mail": mail, **parts.get(event, {}), **more}
