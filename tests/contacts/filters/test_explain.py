"""Why a contact does not match."""

import pytest

from tenantcrm.contacts.filters import explain, parse, show
from tests.contacts.filters.people import person

ADA = person(name="Ada", language="en", plan="free", seats=3)


@pytest.mark.parametrize(
    ("text", "failing"),
    [
        ("", None),
        ("language=en AND seats=3", None),
        ("language=en AND plan=pro AND seats=9", 'plan = "pro"'),
        ("language=en AND (seats=3 AND plan!=free)", 'plan != "free"'),
        ("language=de OR plan=pro", 'language = "de" OR plan = "pro"'),
        ("seats=3 AND (language=de OR plan=pro)", 'language = "de" OR plan = "pro"'),
        ("NOT (language=en AND seats=3)", 'NOT (language = "en" AND seats = 3)'),
        ("NOT language=de AND country:*", "country:*"),
        ("created_at > 2026-01-01", 'created_at > "2026-01-01"'),
    ],
)
def test_the_first_part_that_fails(text: str, failing: str | None):
    """Of an AND the first failing condition; of an OR or a NOT the whole of it."""
    found = explain(parse(text), ADA)
    assert (None if found is None else show(found)) == failing
