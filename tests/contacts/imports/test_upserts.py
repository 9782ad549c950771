"""What an import makes of contacts."""

from tenantcrm.contacts.imports.states import ImportState
from tests.contacts.imports.conftest import Desk, counts

PEOPLE = b"email,name,plan,seats\nada@example.com,Ada,pro,3\ngrace@example.com,Grace,free,1\n"


async def test_new_unchanged_updated(desk: Desk):
    """A file makes contacts, changes nothing the second time, and merges what differs."""
    first = await desk.run(PEOPLE)
    assert first.state == ImportState.FINISHED, first.fault
    assert counts(first) == {
        "rows": 2, "created": 2, "updated": 0, "unchanged": 0, "refused": 0, "not_mailable": 0,
    }  # fmt: skip
    again = await desk.run(PEOPLE)
    assert counts(again)["unchanged"] == 2
    merged = await desk.run(b"email,seats,city\nADA@example.com,4,London\ngrace@example.com,,\n")
    assert (merged.updated, merged.unchanged, merged.created) == (1, 1, 0)
    ada = (await desk.contacts())["ada@example.com"]
    assert ada["attributes"] == {"plan": "pro", "seats": 4, "city": "London"}
    assert ada["folded"] == {"plan": "pro", "seats": 4, "city": "london"}
    assert ada["name"] == "Ada"
