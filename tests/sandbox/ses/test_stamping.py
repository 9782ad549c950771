from datetime import UTC, datetime
from email import message_from_bytes

from hypothesis import given
from hypothesis import strategies as st

from tenantcrm.sandbox.ses.stamping import split, stamped

NOW = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
REPLACED = ["Message-ID", "message-id", "DATE", "Bcc", "Return-Path"]
KEPT = ["Subject", "X-Date", "X-Message-ID", "To", "Datea"]
VALUES = st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=20)
FIELDS = st.lists(
    st.tuples(st.sampled_from(REPLACED + KEPT), VALUES, st.lists(VALUES, max_size=2)),
    max_size=8,
    unique_by=lambda field: field[0],
)


@given(FIELDS, st.sampled_from(["\n", "\r\n"]), st.binary())
def test_only_what_ses_replaces_changes(fields, newline, body):
    """Every other header and every byte of the body stay, in order, whatever the line ends are."""
    fields = [("From", "hi@example.com", []), *fields]
    lines = {
        name: newline.join([f"{name}: {value}", *(f"\t{more}" for more in folded)]) + newline
        for name, value, folded in fields
    }
    head = "".join(lines[name] for name, *_ in fields)
    result = stamped(split(head.encode() + newline.encode() + body), "id@x", NOW)
    kept = "".join(lines[name] for name, *_ in fields if name not in REPLACED)
    ours = f"Message-ID: <id@x>{newline}Date: Sat, 02 Jan 2027 03:04:05 +0000{newline}"
    assert result == (ours + kept + newline).encode() + body
    assert message_from_bytes(result).get_all("Message-ID") == ["<id@x>"]
