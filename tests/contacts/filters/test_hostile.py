"""Whatever is typed: a filter or a FilterError, and never a piece of SQL."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import asyncpg

from tenantcrm.contacts.filters import Expression, FilterError, matches, parse
from tenantcrm.contacts.filters.compile import compile_filter
from tests.contacts.filters.people import FilterTable, Person, person

HOSTILE = (
    "'; DROP TABLE contacts; --", '" OR 1=1', "' OR '1'='1", "\\", "\\'", "$1", "%s", "%(x)s", ":x",
    "{}", "null", "\u202eevil", "שלום", "👩\u200d🚀", "\uffff", "\ufeff", "\x1b[31m", "a\nb", "*/",
    "/*",
    "x'); SELECT pg_sleep(9); --", "%", "_", "/", "][", "\\u0000", '{"a": 1}', "1e400", "9" * 300,
    "١٢٣", "2026-02-31", "NaN", "Infinity", "-0", "0x10", "1_000",
)  # fmt: skip
FORMS = ("a = {}", "a != {}", "a : {}", "a > {}", "name = {}", "name : {}", "name < {}",
         "email = {}", "external_id >= {}", "timezone != {}", "status : {}")  # fmt: skip
SOUP = st.lists(
    st.sampled_from(
        ["a", "name", "status", "created_at", "attributes.", "=", "!=", "<", ">=", ":", "AND", "or",
         "NOT", "-", "(", ")", " ", '"', "'", "\\", "*", "9", "2026-01-01", "bounced", "true", "é",
         "\x00", "\ud800", ";", "--", "$1", "\n", "x" * 70]
    ),
    max_size=12,
).map("".join)  # fmt: skip


def quoted(text: str) -> str:
    return '"' + text.replace("\\", r"\\").replace('"', r"\"").replace("*", r"\*") + '"'


def outcome(text: str) -> Expression | FilterError:
    try:
        return parse(text)
    except FilterError as fault:
        return fault


def sql(text: str) -> str:
    return str(compile_filter(parse(text)).compile(dialect=asyncpg.dialect()))


@pytest.mark.parametrize("form", FORMS)
def test_no_value_reaches_sql_text(form: str):
    """The SQL of a filter is the same for every text: the value travels beside it."""
    expected = sql(form.format('"x"'))
    assert "$" in expected
    for hostile in HOSTILE:
        if hostile not in {"1e400", "-0", "2026-02-31"}:
            assert sql(form.format(quoted(hostile))) == expected


def test_no_name_reaches_sql_text():
    """The names of attributes are bound as well."""
    assert sql("zzz_name > x AND zzz_other:*") == sql("a > x AND b:*")
    assert "zzz" not in sql("zzz = 1 AND zzz:x AND zzz > 2026-01-01 AND zzz = x*")


async def test_hostile_values_are_values(filter_connection: FilterTable):
    """Each hostile text is found where it is stored, and only there."""
    people = [
        person(email=f"a{number}@example.com", a=text, name=text)
        for number, text in enumerate(HOSTILE)
    ]
    filters = [f"a = {quoted(text)} AND name = {quoted(text)}" for text in HOSTILE]
    answers = await filter_connection.matched(people, *filters)
    assert answers == [[number] for number in range(len(HOSTILE))]


@pytest.mark.parametrize("text", ["x", "(", '"', "a=1 ", "\\", "\x00", "-", "٣", "a=1 AND "])
def test_ten_megabytes_are_refused(text: str):
    """Size is looked at before anything else."""
    with pytest.raises(FilterError) as caught:
        parse(text * (10_000_000 // len(text)))
    assert len(caught.value.detail) < 200


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(), max_size=60) | SOUP)
def test_only_ever_a_filter_error(text: str):
    """Any text is read or refused at a place within it; nothing else is raised."""
    read = outcome(text)
    if isinstance(read, FilterError):
        assert 0 <= read.position <= len(text)
        assert read.found
        assert read.detail.isprintable()
    else:
        compile_filter(read)
        matches(read, Person())


@settings(max_examples=100, deadline=None)
@given(SOUP | st.text(max_size=20).map(lambda text: f"a = {quoted(text)}"))
async def test_what_is_read_can_be_asked(filter_connection: FilterTable, text: str):
    """Whatever parses is a question that PostgreSQL can answer."""
    with suppress(FilterError):
        parse(text)
        await filter_connection.matched([person(a="x", name="é")], text)
