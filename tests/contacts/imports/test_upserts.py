"""What an import makes of contacts."""

from tenantcrm.contacts.filters.kinds import Kind
from tenantcrm.contacts.imports.states import ImportState
from tenantcrm.contacts.service import known_attributes
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


async def test_attributes_can_be_picked_at_once(desk: Desk):
    """Filters offer each attribute that an import brings, also one that a single row has, long
    after newer contacts have come."""
    rows = b"".join(b"p%d@example.com,%d,,\n" % (n, n) for n in range(120))
    sparse = b"a@example.com,,,2026-01-31\nb@example.com,,Rome,\n"
    await desk.run(b"email,seats,city,since\n" + sparse + rows)
    lines = b'{"email": "c@example.com", "attributes": {"vip": true}}\n{"email": "d@example.com"}\n'
    await desk.run(lines, format="ndjson")
    await desk.run(b"email\n" + b"".join(b"n%d@example.com\n" % n for n in range(300)))
    async with desk.database.unit_of_work(desk.tenant_id) as session:
        assert await known_attributes(session) == {
            "city": (Kind.TEXT,),
            "seats": (Kind.NUMBER,),
            "since": (Kind.DATE,),
            "vip": (Kind.BOOLEAN,),
        }


async def test_odd_texts_come_in_as_they_are(desk: Desk):
    """What COPY or JSON would take for something else, and what folds, is stored as given."""
    odd = ["back\\slash", "C:\\new\\table", '"quoted"', "\\N", "{}", "ÄRGER", "tab\there", "a,b"]
    lines = "".join(
        f'o{n}@example.com;"{t.replace(chr(34), chr(34) * 2)}"\n' for n, t in enumerate(odd)
    )
    found = await desk.run(("email;note\n" + lines).encode())
    assert found.created == len(odd)
    contacts = await desk.contacts()
    for n, text in enumerate(odd):
        row = contacts[f"o{n}@example.com"]
        assert row["attributes"] == {"note": text}
        assert row["folded"] == {"note": text.casefold()}
    again = await desk.run(("email;note\n" + lines).encode())
    assert again.unchanged == len(odd)
