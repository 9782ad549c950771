"""Filters as rows of a form, and back."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenantcrm.contacts.filters import matches, parse, show
from tenantcrm.contacts.filters.ast import Attribute, Field
from tenantcrm.contacts.filters.kinds import Kind, kinds_of_field, ops_for, read_target, takes_value
from tenantcrm.contacts.filters.rows import (
    NotRows,
    Op,
    Row,
    Rows,
    expression_of,
    fault_of,
    rows_of,
)
from tests.contacts.filters import reference, strategies
from tests.contacts.filters.people import Person

slow = [HealthCheck.too_slow, HealthCheck.data_too_large]
targets = st.sampled_from(list(Field)) | st.sampled_from(strategies.NAMES).map(Attribute)
values = st.sampled_from(strategies.WORDS + strategies.NUMBERS + strategies.DATES + ("true", "*"))


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """A row that a form may hold, without a fault."""
    target = draw(targets)
    kinds = kinds_of_field(target) if isinstance(target, Field) else tuple(Kind)
    op = draw(st.sampled_from(ops_for(kinds)))
    value = draw(values) if takes_value(op) else ""
    row = Row(target, op, value)
    return row if fault_of(row) == "" else Row(target, Op.PRESENT)


groups = st.builds(Rows, st.sampled_from(["all", "any"]), st.lists(rows(), max_size=4).map(tuple))


@settings(max_examples=300, deadline=None, suppress_health_check=slow)
@given(groups)
def test_rows_survive_the_text(group: Rows):
    """What rows say is a filter that reads back as rows which say the same."""
    asked = expression_of(group)
    read = parse(show(asked))
    assert read == asked
    again = rows_of(read)
    assert isinstance(again, Rows)
    assert expression_of(again) == asked
    assert len(again.rows) == len(group.rows)


@settings(max_examples=300, deadline=None, suppress_health_check=slow)
@given(strategies.people, strategies.filters, st.randoms(use_true_random=False))
def test_rows_mean_what_the_text_means(
    people: list[Person], tree: reference.Ask | reference.Join, random: Random
):
    """A filter that rows can show takes the same people as the rows; the others say why not."""
    asked = parse(strategies.written(tree, random))
    found = rows_of(asked)
    if isinstance(found, NotRows):
        assert found.why.endswith("It stays as text.")
        return
    assert [fault_of(row) for row in found.rows] == [""] * len(found.rows)
    again = expression_of(found)
    assert rows_of(again) == found
    assert [matches(again, one) for one in people] == [matches(asked, one) for one in people]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("plan = pro", Row(Attribute("plan"), Op.IS, "pro")),
        ("plan != pro", Row(Attribute("plan"), Op.IS_NOT, "pro")),
        ("name:ada", Row(Field.NAME, Op.CONTAINS, "ada")),
        ("NOT name:ada", Row(Field.NAME, Op.LACKS, "ada")),
        ('email = "*@example.com"', Row(Field.EMAIL, Op.ENDS, "@example.com")),
        ("name = A*", Row(Field.NAME, Op.STARTS, "A")),
        ("plan:*", Row(Attribute("plan"), Op.PRESENT)),
        ("NOT plan:*", Row(Attribute("plan"), Op.MISSING)),
        ("seats >= 3", Row(Attribute("seats"), Op.GE, "3")),
        ("vip = true", Row(Attribute("vip"), Op.TRUE)),
        ("created_at > 2026-01-01", Row(Field.CREATED_AT, Op.AFTER, "2026-01-01")),
        ("trial_ends <= 2026-01-01", Row(Attribute("trial_ends"), Op.UNTIL, "2026-01-01")),
        ("attributes.email = x", Row(Attribute("email"), Op.IS, "x")),
    ],
)
def test_what_people_write_is_a_row(text: str, row: Row):
    """The conditions of the manual stand in rows, typed as they are meant."""
    assert rows_of(parse(text)) == Rows("all", (row,))


@pytest.mark.parametrize(
    "text",
    [
        "(a = 1 AND b = 2) OR c = 3",
        "NOT (a = 1 OR b = 2)",
        "a = x*y",
        "name > b",
        'a = ""',
        'a:"*x*"',
    ],
)
def test_the_rest_says_why(text: str):
    """What rows cannot show stays text, with a sentence."""
    found = rows_of(parse(text))
    assert isinstance(found, NotRows)
    assert len(found.why) > 30


@pytest.mark.parametrize(
    "row",
    [
        Row(Attribute("seats"), Op.GT, "many"),
        Row(Attribute("seats"), Op.GT, ""),
        Row(Attribute("born"), Op.ON, "2026-02-30"),
        Row(Field.STATUS, Op.IS, "gone"),
    ],
)
def test_a_value_of_another_type_is_a_fault(row: Row):
    """A row that could match nobody says what was expected."""
    assert fault_of(row)


def test_a_target_is_read_as_it_is_spelled():
    """Names of fields are fields; with a prefix they are attributes; anything else is nothing."""
    assert read_target("email") is Field.EMAIL
    assert read_target("attributes.email") == Attribute("email")
    assert read_target("Nope!") is None
