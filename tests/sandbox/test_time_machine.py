"""The sandbox's clock."""

import json
import math
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tenantcrm import clock
from tenantcrm.errors import ConfigurationError
from tenantcrm.sandbox.time_machine import AHEAD, TimeMachine, rate_of


@pytest.fixture
def machine(folder: Path):
    yield TimeMachine(folder / "clock.json")
    clock.follow(None)


def anchor(folder: Path) -> dict[str, float]:
    return json.loads((folder / "clock.json").read_text())


def set_anchor(folder: Path, *, real: float, virtual: float, rate: float) -> None:
    clock.write(folder / "clock.json", clock.Reading(real, virtual, rate))


def note(folder: Path, virtual: float) -> None:
    (folder / "clock.seen.json").write_text(json.dumps({"virtual": virtual}))


def test_a_day_may_last_a_minute():
    """The rate is the length of a day over what it lasts; without a word, one."""
    assert rate_of(60) == 1440
    assert rate_of(86_400) == 1
    assert rate_of(None) == 1
    assert rate_of(7.5) == 11_520


@pytest.mark.parametrize("wrong", [0, -1, 0.5, 86_401, math.inf, math.nan])
def test_a_day_that_cannot_be(wrong: float):
    """A day that lasts no time, or longer than a day, is refused with one line."""
    with pytest.raises(ConfigurationError, match="--day-lasts takes the seconds that a day lasts"):
        rate_of(wrong)


def test_starts_at_the_real_time(folder: Path, machine: TimeMachine):
    """A new home's clock shows the real time, and runs at its rate from there."""
    before = time.time()
    machine.start(1440)
    found = anchor(folder)
    assert before <= found["real"] <= time.time()
    assert found == {"real": found["real"], "virtual": found["real"], "rate": 1440}
    clock.follow(folder / "clock.json")
    assert clock.rate() == 1440


def test_stands_still_while_nothing_runs(folder: Path, machine: TimeMachine):
    """After an hour's rest, a clock that was two days ahead is where it was left."""
    now = time.time()
    set_anchor(folder, real=now - 7200, virtual=now, rate=48)
    note(folder, now + 172_800)
    machine.start(48)
    assert anchor(folder)["virtual"] == now + 172_800


def test_never_behind_the_real_time(folder: Path, machine: TimeMachine):
    """A clock that rested longer than it was ahead goes on from the real time."""
    now = time.time()
    set_anchor(folder, real=now - 7200, virtual=now - 7200, rate=2)
    note(folder, now - 7000)
    machine.start(2)
    assert anchor(folder)["virtual"] >= now


def test_keeps_its_lead_at_the_rate_of_the_world(folder: Path, machine: TimeMachine):
    """Without --day-lasts the clock runs as clocks do, and stays ahead if it was."""
    now = time.time()
    set_anchor(folder, real=now - 60, virtual=now + 86_400, rate=1440)
    note(folder, now + 172_800)
    machine.start(1)
    assert anchor(folder)["virtual"] == now + 172_800
    assert anchor(folder)["rate"] == 1


def test_keeps_a_skip_that_was_not_noted(folder: Path, machine: TimeMachine):
    """A skip just before the end is not undone, though the last note is from before it."""
    machine.start(1)
    clock.follow(folder / "clock.json")
    goal = datetime.now(UTC) + timedelta(days=3)
    clock.skip_to(goal)
    assert machine.start(1) >= goal


def test_a_note_never_undoes_a_skip(folder: Path, machine: TimeMachine):
    """Noting the time writes another file than skipping does."""
    machine.start(1)
    clock.follow(folder / "clock.json")
    clock.skip_to(datetime.now(UTC) + timedelta(days=3))
    skipped = anchor(folder)
    machine.note()
    assert anchor(folder) == skipped


def test_never_goes_back_after_a_kill(folder: Path, machine: TimeMachine):
    """A run that was killed was read up to its death: the next one starts no earlier."""
    machine.start(86_400)
    clock.follow(folder / "clock.json")
    seen = clock.now()
    assert machine.start(86_400) >= seen


def test_a_kill_costs_a_bounded_jump(folder: Path, machine: TimeMachine):
    """A run that was killed long ago left its clock at its last note, which runs ahead a little."""
    now = time.time()
    set_anchor(folder, real=now, virtual=now, rate=100)
    machine.note()
    later = time.time() - now + AHEAD
    written = json.loads((folder / "clock.seen.json").read_text())["virtual"]
    assert AHEAD * 100 <= written - now <= later * 100 + 0.01


def test_without_a_note_it_is_as_if_it_had_run(folder: Path, machine: TimeMachine):
    """A lost note costs the standstill, never a step back."""
    now = time.time()
    set_anchor(folder, real=now - 10, virtual=now, rate=1000)
    machine.start(1)
    assert anchor(folder)["virtual"] >= now + 10_000


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", '{"real": 1}', '{"real": "a", "virtual": "b", "rate": "c"}',
        '{"real": 1, "virtual": 1, "rate": 0}', '{"real": 1, "virtual": 1e300, "rate": 1}',
        '{"real": NaN, "virtual": 1, "rate": 1}',
    ],
)  # fmt: skip
def test_a_damaged_clock_is_one_line(folder: Path, machine: TimeMachine, text: str):
    """A damaged clock is not guessed at: the line says how to set it to the real time."""
    (folder / "clock.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"clock.json is damaged: remove it"):
        machine.start(1)
