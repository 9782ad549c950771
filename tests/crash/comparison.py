"""Our ledger against that of SES. Pure: what is compared has been read before."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct

from tenantcrm.delivery.states import ACCEPTED, State
from tests.crash.leavers import Departure
from tests.crash.troubles import Stillness

UNDER_WAY = frozenset({State.PENDING, State.CLAIMED, State.SENDING})
SHOWN = 20


class Taken(Struct, frozen=True, kw_only=True):
    """A mail that SES took, with the tags that we gave it."""

    delivery: str
    attempt: int
    tenant: str
    to: str


class Row(Struct, frozen=True, kw_only=True):
    """A row of our ledger."""

    id: str
    tenant: str
    message_id: UUID | None
    state: str
    reason: str | None
    attempts: int
    worker: str | None


class Evidence(Struct, frozen=True, kw_only=True):
    """All that is known when everything has settled.

    ``due``: mails that were handed over to the ledger. ``answers``: what workers noted of answers
    that were no acceptance, by mail. ``dead``: the names of workers that were killed or cut off.
    ``told``: mails of which SES has told something that was not lost on the way.
    """

    taken: Sequence[Taken]
    rows: Sequence[Row]
    due: int
    departures: Sequence[Departure]
    stillnesses: Sequence[Stillness]
    answers: Mapping[str, Sequence[str]]
    dead: frozenset[str]
    told: frozenset[str] = frozenset()


class Verdict(Struct, frozen=True, kw_only=True):
    """What the comparison has found; every fault is a line that names a mail."""

    faults: dict[str, list[str]]
    states: dict[str, int]
    unknown_taken: int
    unknown_not_taken: int

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not any(self.faults.values())


def compare(evidence: Evidence) -> Verdict:
    """Find what must never be."""
    ours = {row.id: row for row in evidence.rows}
    theirs = Counter(taken.delivery for taken in evidence.taken)
    unknown = [row for row in evidence.rows if row.state == State.UNKNOWN]
    return Verdict(
        faults={
            "doubled": _doubled(evidence, ours, theirs),
            "lost": _lost(evidence, ours, theirs),
            "sent although it was not to be": _unwanted(evidence, ours, theirs),
            "unexplained": _unexplained(evidence, unknown),
        },
        states=dict(Counter(row.state for row in evidence.rows)),
        unknown_taken=sum(row.id in theirs for row in unknown),
        unknown_not_taken=sum(row.id not in theirs for row in unknown),
    )


def _doubled(evidence: Evidence, ours: Mapping[str, Row], theirs: Counter[str]) -> list[str]:
    """SES took a mail twice, or somebody got a message twice."""
    found = [f"{key} was taken {count} times" for key, count in theirs.items() if count > 1]
    got: dict[tuple[str, UUID | None], set[str]] = defaultdict(set)
    for taken in evidence.taken:
        row = ours.get(taken.delivery)
        if row is not None and row.message_id is not None:
            got[taken.to, row.message_id].add(taken.delivery)
    found += [
        f"{' and '.join(sorted(keys))} are one message to one person"
        for keys in got.values()
        if len(keys) > 1
    ]
    return found


def _lost(evidence: Evidence, ours: Mapping[str, Row], theirs: Counter[str]) -> list[str]:
    """A mail has come to no end, or is said to be sent and SES does not have it."""
    found = [f"{row.id} is still {row.state}" for row in evidence.rows if row.state in UNDER_WAY]
    found += [
        f"{row.id} is {row.state}, and SES has not taken it"
        for row in evidence.rows
        if row.state in ACCEPTED and row.id not in theirs
    ]
    if len(ours) < evidence.due:
        found.append(f"{evidence.due} mails fell due, {len(ours)} are in the ledger")
    return found


def _unwanted(evidence: Evidence, ours: Mapping[str, Row], theirs: Counter[str]) -> list[str]:
    """SES took what is failed or skipped, what nobody knows, and what came after a good-bye."""
    found = [
        f"{key} was taken, and is {ours[key].state} ({ours[key].reason})"
        for key in theirs
        if key in ours and ours[key].state in {State.FAILED, State.SKIPPED}
    ]
    found += [f"{key} was taken, and is in no ledger" for key in theirs if key not in ours]
    found += [
        f"{taken.delivery} carries the tag of another tenant"
        for taken in evidence.taken
        if taken.delivery in ours and ours[taken.delivery].tenant != taken.tenant
    ]
    gone = {departure.email: departure for departure in evidence.departures}
    for taken in evidence.taken:
        departure = gone.get(taken.to)
        if departure is not None and taken.attempt > departure.begun.get(taken.delivery, 0):
            found.append(f"{taken.delivery} was asked for after its contact had {departure.how}")
    found += [
        f"{still.begun} requests were begun with {still.what}"
        for still in evidence.stillnesses
        if still.begun
    ]
    return found


def _unexplained(evidence: Evidence, unknown: Sequence[Row]) -> list[str]:
    """An unknown mail with neither an answer nor a death on record, or of which SES has told."""
    told = [row for row in unknown if row.id in evidence.told]
    return [f"{row.id} is unknown, although SES told of it" for row in told] + [
        f"{row.id} is unknown ({row.reason}) after {row.attempts} attempts by {row.worker}"
        for row in unknown
        if not row.attempts
        or not (row.id in evidence.answers or (row.worker or "") in evidence.dead)
    ]
