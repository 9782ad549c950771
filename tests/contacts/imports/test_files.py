"""What files are, and what becomes of rows that are odd."""

import pytest

from tenantcrm.contacts.imports import service
from tenantcrm.contacts.imports.encodings import EncodingFinder
from tenantcrm.contacts.imports.errors import ImportStateError
from tenantcrm.contacts.imports.layout import Kind, Target
from tenantcrm.contacts.imports.service import layout_of
from tenantcrm.contacts.imports.states import ImportState
from tenantcrm.tenants.models import Mode
from tests.contacts.imports.conftest import Desk, counts

PEOPLE = "E-Mail{d}Name{d}Straße{d}Umsatz\nzoë@example.com{d}Zoë Ä{d}Ölweg 1{d}3\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
async def test_encodings_and_delimiters(desk: Desk, encoding: str, delimiter: str):
    """Any of them gives the same contact."""
    text = PEOPLE.format(d=delimiter).replace("zoë@", "zoe@")
    found = await desk.run(text.encode(encoding))
    assert (found.state, found.created) == (ImportState.FINISHED, 1), found.fault
    zoe = (await desk.contacts())["zoe@example.com"]
    assert zoe["name"] == "Zoë Ä"
    assert zoe["attributes"] == {"strasse": "Ölweg 1", "umsatz": 3}


async def test_a_file_cut_within_a_character_is_still_utf_8(desk: Desk):
    """Half a character at the end spoils its row alone."""
    found = await desk.run("email,name\na@example.com,Zoë\nb@example.com,Zoë".encode()[:-1])
    assert found.created == 2
    assert (await desk.contacts())["a@example.com"]["name"] == "Zoë"


async def test_line_ends_blank_rows_and_quotes(desk: Desk):
    """Old and new line ends, blank rows, line breaks and delimiters in quotes; rows keep the
    numbers that a spreadsheet shows."""
    for end in ("\r", "\n", "\r\n"):
        rows = [
            "email,note",
            "",
            '"a@example.com","one, ""two""',
            'three"',
            ",",
            "x",
            "b@example.com,",
        ]
        import_id = await desk.upload(end.join(rows).encode())
        found = await desk.work(import_id)
        assert found.rows == 3, (end, counts(found))
        assert list(await desk.faults(import_id)) == [5]
    a = (await desk.contacts())["a@example.com"]
    assert a["attributes"] == {"note": 'one, "two"\nthree'.replace("\n", "\r\n")}


async def test_every_fault_of_a_row_is_told(desk: Desk):
    """Address, zone, id, and each attribute by its name; the first row of an address counts."""
    rows = [
        "email,timezone,external id,joined,seats",
        "a@example.com,Europe/Berlin,u_1,2026-01-31,3",
        f"b@,Mars/Base,{'x' * 300},2026-02-30,three",
        "A@example.com,,,,",
        "c@example.com,,u_1,,",
        "d@example.com,,",
        "e@example.com,,,,,,extra",
        "f@example.com,,,,,,",
        f"g@example.com,,,,{'9' * 50}",
    ]
    layout_rows = "\n".join(rows).encode()
    import_id = await desk.upload(layout_rows, by_itself=False)
    columns = layout_of(await desk.get(import_id)).columns
    assert [c.to for c in columns[:3]] == [Target.EMAIL, Target.TIMEZONE, Target.EXTERNAL_ID]
    assert [c.kind for c in columns[3:]] == [Kind.DATE, Kind.TEXT]
    typed = [
        *columns[:3],
        *(_typed(c, k) for c, k in zip(columns[3:], (Kind.DATE, Kind.NUMBER), strict=True)),
    ]
    checked = await desk.mapped(import_id, typed)
    assert (checked.state, checked.created, checked.refused) == (ImportState.CHECKED, 2, 6)
    faults = await desk.faults(import_id)
    assert list(faults) == [3, 4, 5, 6, 7, 9]
    for words in ("address", "Mars/Base", "external id", "joined: '2026-02-30'", "seats: 'three'"):
        assert words in faults[3]
    assert "earlier row has the same email" in faults[4]
    assert "earlier row has the same external id" in faults[5]
    assert "3 cells" in faults[6]


def _typed(column, kind):
    return type(column)(header=column.header, to=column.to, name=column.name, kind=kind)


async def test_hostile_cells_are_kept_as_text(desk: Desk):
    """HTML, formulas, emoji and right-to-left text are data; a cell of a megabyte is refused."""
    html, emoji, arabic = "<script>alert(1)</script>", "🦆 Duck", "مرحبا"
    rows = ["email,name,note", f"a@example.com,{html},=1+1", f"b@example.com,{emoji},{arabic}"]
    rows.append(f"c@example.com,C,{'x' * 1_048_576}")
    import_id = await desk.upload("\n".join(rows).encode())
    found = await desk.work(import_id)
    assert (found.created, found.refused) == (2, 1)
    assert "1000 characters; this has 1048576" in (await desk.faults(import_id))[4]
    contacts = await desk.contacts()
    assert contacts["a@example.com"]["name"] == html
    assert contacts["a@example.com"]["attributes"] == {"note": "=1+1"}
    assert contacts["b@example.com"]["attributes"] == {"note": arabic}


async def test_a_refused_row_names_nobody(desk: Desk):
    """What stands in a refused row alone is free for a later one, in this batch or another."""
    rows = ["a@x.com,1", "b@x.com,1", "b@x.com,2", "b@x.com,3", "c@x.com,3", "a@x.com,4"]
    rows += [f"p{n}@x.com,p{n}" for n in range(10_000)]
    rows += ["d@x.com,2", "d@x.com,5", "e@x.com,4", "p7@x.com,6"]
    import_id = await desk.upload("\n".join(["email,external id", *rows]).encode())
    found = await desk.work(import_id)
    assert (found.state, found.created) == (ImportState.FINISHED, 10_005)
    assert list(await desk.faults(import_id)) == [3, 5, 7, 10_008, 10_011]
    contacts = await desk.contacts()
    told = {name: contacts[f"{name}@x.com"]["external_id"] for name in "abcde"}
    assert told == {"a": "1", "b": "2", "c": "3", "d": "5", "e": "4"}


async def test_what_the_database_cannot_hold(desk: Desk):
    """A NUL spoils the row that has it alone, and in a header it is replaced."""
    import_id = await desk.upload(
        b'{"email":"a@example.com","attributes":{"a\\u0000b":1}}\n'
        b'{"email":"b@example.com"}\n{"email":"c@example.com","a\\u0000b":1}\n'
    )
    found = await desk.work(import_id)
    assert (found.state, found.created) == (ImportState.FINISHED, 1)
    assert list(await desk.faults(import_id)) == [1, 3]
    found = await desk.run("email,pl\0an\nd@example.com,pro\n".encode("utf-16"))
    assert (found.state, found.created) == (ImportState.FINISHED, 1)


async def test_an_upload_that_is_cancelled_stays_cancelled(desk: Desk):
    """Neither another piece nor the end of the file brings it back; nothing of it is kept."""
    finder = EncodingFinder()
    finder.feed(b"email\na@example.com\n")
    async with desk.database.unit_of_work(desk.tenant_id) as session:
        import_id = await service.begin(session, mode=Mode.LIVE, actor="key:1", file_name="x.csv")
        await service.keep_piece(session, import_id, 0, b"email\n", size=6)
        await service.cancel(session, import_id, actor="user:1")
    for going_on in (
        lambda session: service.keep_piece(session, import_id, 1, b"a@example.com\n", size=20),
        lambda session: service.complete(session, import_id, finder),
    ):
        with pytest.raises(ImportStateError):
            async with desk.database.unit_of_work(desk.tenant_id) as session:
                await going_on(session)
    async with desk.database.unit_of_work(desk.tenant_id) as session:
        await service.abandon(session, import_id)
        assert await session.fetch("SELECT number FROM import_chunks") == []
    assert (await desk.get(import_id)).state == ImportState.CANCELLED


async def test_a_quote_that_never_ends_is_found(desk: Desk):
    """The rest of the file is no cell: the import fails in words, after what came before."""
    data = b'email,note\na@example.com,x\nb@example.com,"' + b"y,z\n" * 800_000
    found = await desk.run(data)
    assert found.state == ImportState.FAILED
    assert "Row 3 has a cell of more than" in found.fault
    assert "quotation mark" in found.fault


async def test_a_file_without_a_header(desk: Desk):
    """A first row with an address is a contact; its columns are left out until they are named."""
    found = await desk.run(b"ada@example.com,Ada\ngrace@example.com,Grace\n")
    assert (found.created, found.rows) == (2, 2)
    assert (await desk.contacts())["ada@example.com"]["attributes"] == {}
