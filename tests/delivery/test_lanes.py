"""Lanes: who is served next."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tenantcrm import ids
from tenantcrm.delivery import lanes
from tenantcrm.delivery.lanes import DueLane
from tenantcrm.delivery.states import Kind

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def lane(kind: str = Kind.DRIP, virtual_time: float = 0.0, **more: float) -> DueLane:
    return DueLane(ids.new_id(), kind, NOW, virtual_time, 10.0, **more)


def test_own_mail_first():
    """Mail that somebody waits for goes before any campaign's, however much it was served."""
    system, test = lane(Kind.SYSTEM, 1e9), lane(Kind.TEST, 1e6)
    order = lanes.in_order([lane(), test, lane(Kind.DAY_ZERO), system], 0.0)
    assert order[:2] == [system, test]


def test_least_served_first():
    """Of equal rank, whoever was served less is next."""
    much, little = lane(virtual_time=500), lane(virtual_time=20)
    assert lanes.in_order([much, little], 0.0) == [little, much]


def test_idling_earns_nothing():
    """A lane that wakes is served as of now: it does not catch up on what it did not need."""
    busy, woken = lane(virtual_time=1000), lane(virtual_time=0)
    assert lanes.start(woken, 900) == 900
    assert lanes.served(woken, 100, 900) == 1000
    assert lanes.served(busy, 100, 900) == 1100


def test_new_process_learns_the_time():
    """A process that has just begun takes the virtual time from what others have served."""
    assert lanes.clock_of([lane(furthest=5000.0)], 0.0) == 5000 - lanes.LARGEST_QUANTUM
    assert lanes.clock_of([lane()], 7.0) == 7.0


@given(
    st.lists(
        st.tuples(st.sampled_from([Kind.DAY_ZERO, Kind.DRIP]), st.integers(1, 50)),
        min_size=2,
        max_size=8,
    )
)
def test_shares_follow_the_weights(served: list[tuple[str, int]]):
    """Lanes that always have mail are served in proportion to their weights, within a quantum."""
    clock = 0.0
    due = [lane(kind) for kind, _ in served]
    quanta = {one.tenant_id: n for one, (_, n) in zip(due, served, strict=True)}
    counts = dict.fromkeys(quanta, 0)
    for _ in range(600):
        first = lanes.in_order(due, clock)[0]
        n = quanta[first.tenant_id]
        counts[first.tenant_id] += n
        after = first._replace(virtual_time=lanes.served(first, n, clock))
        clock = lanes.start(first, clock)
        due = [after if one is first else one for one in due]
    normal = [counts[one.tenant_id] / lanes.WEIGHT[one.kind] for one in due]
    assert max(normal) - min(normal) <= 2 * max(quanta.values())


def test_quantum_is_a_second_of_work():
    """A claim is what is free now, and no more than is done in about a second."""
    assert lanes.quantum(free=50, seconds_a_mail=0.05, concurrency=50) == 50
    assert lanes.quantum(free=50, seconds_a_mail=5.0, concurrency=50) == 10
    assert lanes.quantum(free=5000, seconds_a_mail=0.001, concurrency=5000) == 500
    assert lanes.quantum(free=3, seconds_a_mail=60.0, concurrency=3) == 1
