"""The page about delivery is in step with the table of moves."""

from pathlib import Path

import pytest

from tenantcrm.delivery.diagram import mermaid, table, written
from tenantcrm.delivery.states import MOVES, State

PAGE = Path(__file__).parents[2] / "docs" / "delivery.md"


def test_the_page_is_in_step():
    """Diagram and table stand in the page as they are made now; see the module for how."""
    assert written(PAGE.read_text()) == PAGE.read_text()


def test_every_move_is_told():
    """The table has every move, and the diagram every state."""
    assert len(table().splitlines()) == len(MOVES) + 2
    assert all(str(state) in mermaid() for state in State)


def test_a_page_without_marks():
    """A page that has no place for them is refused."""
    with pytest.raises(ValueError, match="lacks"):
        written("# A page\n")
