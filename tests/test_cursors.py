"""Cursors: round trips, and whatever else is handed in."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenantcrm.cursors import Place, read_cursor, show_cursor
from tenantcrm.errors import InvalidError

MOMENTS = st.datetimes(timezones=st.just(UTC))
KINDS = st.text("abcdefghijklmnopqrstuvwxyz_", max_size=40)
PLACES = st.builds(Place, MOMENTS, st.uuids(), KINDS)


@given(place=PLACES, query=st.tuples(st.text(), st.booleans()))
def test_round_trip(place: Place, query: tuple[str, bool]):
    """A cursor names the place that it was made of, to the microsecond, in a URL as it stands."""
    text = show_cursor(place, *query)
    assert text.replace("-", "").replace("_", "").isalnum()
    assert read_cursor(text, *query) == place


@given(place=PLACES)
def test_of_another_list(place: Place):
    """A cursor works for the list alone that it came from."""
    with pytest.raises(InvalidError, match="another list"):
        read_cursor(show_cursor(place, "a"), "b")


@given(text=st.one_of(st.text(max_size=60), st.binary(max_size=60).map(lambda b: b.hex())))
def test_anything_else_is_refused(text: str):
    """Nonsense is refused as a fault of its field, whatever it is."""
    with pytest.raises(InvalidError) as caught:
        read_cursor(text, "a", pointer="/after")
    assert [(e.pointer, e.code) for e in caught.value.errors] == [("/after", "bad_cursor")]
