"""A mail to hand over."""

from datetime import UTC, datetime

from tenantcrm.delivery.headers import Mailbox
from tenantcrm.delivery.mime import MailFrame
from tenantcrm.delivery.ports import Mail, write_mail

SENDER = Mailbox("Vinr", "hi@vinr.example")


def letter(to: str = "ada@example.com", *, text: str = "Hello\n.\n..dots") -> Mail:
    """A mail of ours; one line of its text is a dot."""
    return write_mail(
        MailFrame(sender=SENDER),
        to=Mailbox("Ada Lövelace", to),
        subject="Grüße",
        text=text,
        html=f"<p>{text}</p>",
        message_id="dlv1",
        date=datetime(2026, 3, 1, tzinfo=UTC),
        unsubscribe_url="https://mail.example.com/u/x",
    )
