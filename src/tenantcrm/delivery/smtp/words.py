"""Where a mail stands that went over SMTP, for a person. Pure."""

from tenantcrm.delivery.schemas import DeliveryRow
from tenantcrm.delivery.smtp.answers import NO_ANSWER, UNREACHABLE
from tenantcrm.delivery.states import State

_CAUSES = {
    UNREACHABLE: "the mail server could not be reached",
    "smtp_not_let_in": "the mail server does not let this installation in",
    "smtp_530": "the mail server does not let this installation in",
    "smtp_535": "the mail server does not let this installation in",
    "smtp_busy": "every connection to the mail server was in use",
}
UNSURE = (
    "The mail server was handed it once, and the connection broke before it said whether it took "
    "it. A mail server tells nothing afterwards, so nobody will know; it is not sent again by "
    "itself, so that nobody gets it twice."
)
TAKEN = "The mail server accepted it on {at}. What became of it then, it does not tell."


def cause(reason: str | None) -> str | None:
    """Why the server did not take a mail for now; None: it was no SMTP server."""
    if not (reason or "").startswith("smtp_"):
        return None
    return _CAUSES.get(reason or "", f"the mail server did not take it for now ({_code(reason)})")


def told(mail: DeliveryRow, *, at: str) -> str | None:
    """The sentence of a mail that waits no more; None: SES's words are as good, or it was SES.

    ``at``: when it was sent, in words.
    """
    if mail.state == State.SENT and (mail.ses_message_id or "").startswith("smtp:"):
        return TAKEN.format(at=at)
    if mail.state == State.UNKNOWN and mail.reason == NO_ANSWER:
        return UNSURE
    if mail.state == State.FAILED and (mail.reason or "").startswith("smtp_"):
        words = f": {mail.detail}" if mail.detail else ""
        return f"The mail server refused it for good{words}"
    return None


def _code(reason: str | None) -> str:
    return (reason or "").removeprefix("smtp_")
