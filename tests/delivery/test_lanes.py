"""Lanes: who is served next, whatever arrives."""

from collections import Counter
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tenantcrm import ids
from tenantcrm.delivery import lanes
from tenantcrm.delivery.lanes import CLASS_OF, WEIGHT, Class, Clocks, DueLane
from tenantcrm.delivery.states import Kind

NOW = datetime(2026, 3, 1, tzinfo=UTC)
KIND = st.sampled_from(list(Kind))


def lane(kind: str = Kind.DRIP, virtual_time: float = 0.0, **more: float) -> DueLane:
    return DueLane(ids.new_id(), kind, NOW, virtual_time, 10.0, **more)


class Queue:
    """Lanes with so many mails each, served quantum by quantum."""

    def __init__(self) -> None:
        self.clocks = Clocks({})
        self.waiting: dict[DueLane, int] = {}
        self.served: Counter[DueLane] = Counter()
        self.classes: Counter[Class] = Counter()
        self._times: dict[DueLane, float] = {}

    def add(self, one: DueLane, mails: int) -> None:
        self.waiting[one] = self.waiting.get(one, 0) + mails

    def serve(self, quantum: int) -> DueLane | None:
        """One quantum, as the engine does it; gives whose."""
        due = {
            one._replace(virtual_time=self._times.get(one, one.virtual_time)): one
            for one, mails in self.waiting.items()
            if mails
        }
        if not due:
            return None
        first = self.clocks.in_order(due)[0]
        one = due[first]
        mails = min(quantum, self.waiting[one])
        self._times[one] = max(first.virtual_time, self.clocks.within(first)) + mails
        self.clocks.served(first, mails)
        self.waiting[one] -= mails
        self.served[one] += mails
        self.classes[CLASS_OF[one.kind]] += mails
        return one


def test_own_mail_first():
    """What a person waits for in front of the screen goes before campaigns served as little."""
    system = lane(Kind.SYSTEM, 1e9)
    order = Clocks({}).in_order([lane(), lane(Kind.DAY_ZERO), system])
    assert order[0] is system
    assert order[1].kind == Kind.DAY_ZERO


def test_least_served_first():
    """Within a class, whoever was served less is next."""
    much, little = lane(virtual_time=500), lane(virtual_time=20)
    assert Clocks({}).in_order([much, little]) == [little, much]


def test_idling_earns_nothing():
    """A lane that wakes is served as of now: it does not catch up on what it did not need."""
    clocks, busy = Clocks({}), lane(virtual_time=1000)
    clocks.served(busy, 100)
    assert clocks.start(lane(virtual_time=0)) == 1000
    assert clocks.start(lane(virtual_time=2000)) == 2000


def test_an_idle_class_earns_nothing():
    """A class that had nothing to send gets its share from now on, not what it missed."""
    queue, drip, welcome = Queue(), lane(), lane(Kind.DAY_ZERO)
    queue.add(drip, 100_000)
    for _ in range(1000):
        queue.serve(10)
    queue.add(welcome, 100_000)
    before = queue.classes.copy()
    for _ in range(300):
        queue.serve(10)
    share = (queue.classes - before)[Class.DRIP] / 3000
    assert abs(share - 1 / 3) < 0.02


def test_new_process_learns_the_time():
    """A process that has just begun takes the virtual time from what others have served."""
    clocks = Clocks({Kind.DRIP: 3000.0})
    assert clocks.within(lane()) == 3000
    clocks.learn([lane(furthest=5000.0), lane(Kind.DAY_ZERO)])
    assert clocks.within(lane()) == 5000 - lanes.LARGEST_QUANTUM
    assert clocks.within(lane(Kind.DAY_ZERO)) == 0


@given(st.lists(KIND, min_size=1, max_size=12), st.integers(1, 50))
def test_every_class_has_its_share(kinds: list[Kind], quantum: int):
    """Of classes that always have mail each gets its share, however many lanes the others have."""
    queue = Queue()
    for kind in kinds:
        queue.add(lane(kind), 10**9)
    for _ in range(600):
        queue.serve(quantum)
    weights = {CLASS_OF[kind]: WEIGHT[CLASS_OF[kind]] for kind in kinds}
    for name, weight in weights.items():
        share = weight / sum(weights.values())
        assert queue.classes[name] >= share * 600 * quantum - 2 * quantum
    per_tenant = [queue.served[one] for one in queue.waiting if one.kind == kinds[0]]
    assert max(per_tenant) - min(per_tenant) <= 2 * quantum


@given(
    flood=st.sampled_from([Kind.SYSTEM, Kind.TEST, Kind.DAY_ZERO]),
    rivals=st.lists(KIND, max_size=6),
    quantum=st.integers(1, 100),
)
def test_no_flood_keeps_a_drip_waiting(flood: Kind, rivals: list[Kind], quantum: int):
    """A single mail of a campaign waits for some quanta, not for the end of endless other mail."""
    queue, mine = Queue(), lane()
    for kind in [flood, *rivals]:
        queue.add(lane(kind), 10**9)
    for _ in range(50):
        queue.serve(quantum)
    queue.add(mine, 1)
    # Its class has a fifth; within it, each rival has at most one quantum before it.
    bound = (2 + sum(kind == Kind.DRIP for kind in rivals)) * 5 + 5
    turns = next(n for n in range(10_000) if queue.serve(quantum) is mine)
    assert turns <= bound


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(1, 400), st.integers(0, 3)),
        min_size=1,
        max_size=60,
    ),
    st.integers(1, 40),
)
def test_whatever_arrives_is_served_in_the_end(arrivals: list[tuple[int, int, int]], quantum: int):
    """Nothing is forgotten, and nobody idles while anything waits."""
    queue = Queue()
    kinds = list(Kind)
    known = [lane(kinds[n % len(kinds)]) for n in range(6)]
    for place, mails, turns in arrivals:
        queue.add(known[place], mails)
        for _ in range(turns):
            queue.serve(quantum)
    while queue.serve(quantum):
        pass
    assert sum(queue.served.values()) == sum(mails for _, mails, _ in arrivals)


def test_quantum_is_a_second_of_work():
    """A claim is what is free now, leaves soon, and is no more than is done in about a second."""
    assert lanes.quantum(free=50, seconds_a_mail=0.05, concurrency=50, room=900) == 50
    assert lanes.quantum(free=50, seconds_a_mail=5.0, concurrency=50, room=900) == 10
    assert lanes.quantum(free=5000, seconds_a_mail=0.001, concurrency=5000, room=900) == 500
    assert lanes.quantum(free=3, seconds_a_mail=60.0, concurrency=3, room=900) == 1
    assert lanes.quantum(free=50, seconds_a_mail=0.05, concurrency=50, room=7) == 7
