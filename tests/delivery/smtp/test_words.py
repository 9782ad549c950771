"""What people read of mails that went over SMTP."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tenantcrm import ids
from tenantcrm.delivery.reasons import why
from tenantcrm.delivery.schemas import DeliveryRow

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)


def words(**values: Any) -> str:
    fields = dict.fromkeys(DeliveryRow.__struct_fields__)
    given = {"id": ids.new_id(), "kind": "drip", "due_at": NOW, "held": False, "attempts": 1}
    return why(DeliveryRow(**(fields | given | values)), now=NOW)


def test_unknown_says_that_it_stays_so():
    """Nothing will ever tell of it, and it is not sent again: the sentence says both."""
    said = words(state="unknown", reason="smtp_no_answer")
    assert "nobody will know" in said
    assert "not sent again" in said
    assert "SES" not in said


def test_sent_promises_nothing():
    """Accepted is all that is known."""
    said = words(state="sent", ses_message_id="smtp: 2.0.0 Ok: queued as 1", sent_at=NOW)
    assert said.startswith("The mail server accepted it on 1 Mar 2026, 10:00 UTC.")
    assert "does not tell" in said


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("smtp_unreachable", "could not be reached"),
        ("smtp_535", "does not let this installation in"),
        ("smtp_busy", "every connection"),
        ("smtp_451", "did not take it for now (451)"),
    ],
)
def test_waiting_says_for_what(reason: str, cause: str):
    """A mail that goes back says what the server said."""
    said = words(state="pending", reason=reason, retry_at=NOW)
    assert cause in said
    assert "tried again by itself" in said
    assert "SES" not in said


def test_failed_quotes_the_server():
    """A refusal for good has the server's words."""
    said = words(state="failed", reason="smtp_550", detail="550 5.1.1 no such user")
    assert said == "The mail server refused it for good: 550 5.1.1 no such user"
