"""What a filter finds: the same in PostgreSQL and in memory."""

import pytest
from sqlalchemy.dialects import postgresql

from tenantcrm.contacts.filters import matches, parse
from tenantcrm.contacts.filters.compile import compile_filter
from tests.contacts.filters.examples import EXAMPLES
from tests.contacts.filters.people import FilterTable


@pytest.mark.parametrize("title", EXAMPLES)
async def test_in_postgresql(title: str, filter_connection: FilterTable):
    """Every example holds in SQL."""
    one, yes, no = EXAMPLES[title]
    answers = await filter_connection.matched([one], *yes, *no)
    found = [text for text, answer in zip([*yes, *no], answers, strict=True) if answer]
    assert found == yes


@pytest.mark.parametrize("title", EXAMPLES)
def test_in_memory(title: str):
    """Every example holds for one contact in memory."""
    one, yes, no = EXAMPLES[title]
    assert [text for text in [*yes, *no] if matches(parse(text), one)] == yes


@pytest.mark.parametrize("text", ["plan < x", "plan >= x", "name < x", "email > x", "plan = x*"])
def test_whatever_the_collation(text: str):
    """Order and wildcards go by code points, however the database sorts its texts."""
    found = str(compile_filter(parse(text)).compile(dialect=postgresql.dialect()))
    assert 'COLLATE "C") ' in found
