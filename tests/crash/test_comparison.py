"""The comparison by itself: every way in which ledgers can disagree is named."""

from typing import Any
from uuid import UUID

import pytest

from tests.crash.comparison import Evidence, Row, Taken, compare
from tests.crash.leavers import Departure
from tests.crash.troubles import Stillness

MESSAGE = UUID(int=7)


def row(key: str, state: str = "sent", **values: Any) -> Row:
    values = {
        "tenant": "t",
        "message_id": MESSAGE,
        "reason": None,
        "attempts": 1,
        "worker": "w",
    } | values
    return Row(id=key, state=state, **values)


def taken(key: str, to: str = "", attempt: int = 1, tenant: str = "t") -> Taken:
    return Taken(delivery=key, attempt=attempt, tenant=tenant, to=to or f"{key}@people.test")


def evidence(rows: list[Row], takings: list[Taken], **values: Any) -> Evidence:
    values = {
        "due": len(rows),
        "departures": [],
        "stillnesses": [],
        "answers": {},
        "dead": frozenset(),
    } | values
    return Evidence(rows=rows, taken=takings, **values)


SOUND = [
    evidence([row("a"), row("b", "skipped", attempts=0)], [taken("a")]),
    evidence([row("a", "unknown")], [], answers={"a": ["unknown"]}),
    evidence([row("a", "unknown")], [taken("a")], dead=frozenset({"w"})),
    evidence([row("a")], [taken("a")], departures=[Departure("a@people.test", "left", {"a": 1})]),
    evidence([row("a")], [taken("a")], stillnesses=[Stillness("a campaign paused", 0)]),
]
UNSOUND = [
    ("doubled", evidence([row("a")], [taken("a"), taken("a")])),
    ("doubled", evidence([row("a"), row("b")], [taken("a", "x"), taken("b", "x")])),
    ("lost", evidence([row("a", "pending")], [])),
    ("lost", evidence([row("a", "sending")], [])),
    ("lost", evidence([row("a")], [])),
    ("lost", evidence([row("a", "delivered")], [])),
    ("lost", evidence([], [], due=1)),
    ("sent although it was not to be", evidence([row("a", "failed")], [taken("a")])),
    ("sent although it was not to be", evidence([row("a", "skipped")], [taken("a")])),
    ("sent although it was not to be", evidence([], [taken("a")])),
    ("sent although it was not to be", evidence([row("a")], [taken("a", tenant="other")])),
    (
        "sent although it was not to be",
        evidence(
            [row("a")], [taken("a")], departures=[Departure("a@people.test", "left", {"a": 0})]
        ),
    ),
    (
        "sent although it was not to be",
        evidence([row("a")], [taken("a")], departures=[Departure("a@people.test", "left", {})]),
    ),
    (
        "sent although it was not to be",
        evidence([], [], stillnesses=[Stillness("a campaign paused", 1)]),
    ),
    ("unexplained", evidence([row("a", "unknown")], [])),
    ("unexplained", evidence([row("a", "unknown", attempts=0)], [], answers={"a": ["unknown"]})),
    (
        "unexplained",
        evidence([row("a", "unknown")], [taken("a")], dead=frozenset({"w"}), told=frozenset({"a"})),
    ),
]


@pytest.mark.parametrize("found", SOUND)
def test_sound(found: Evidence):
    """What may be is no fault."""
    assert compare(found).sound, compare(found).faults


@pytest.mark.parametrize(("kind", "found"), UNSOUND)
def test_unsound(kind: str, found: Evidence):
    """What must not be is a fault of its kind, and of no other."""
    faults = compare(found).faults
    assert {name for name, lines in faults.items() if lines} == {kind}
