"""Which mails share a request, and how many mails a lane's free requests can carry. Pure."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from tenantcrm.delivery.lanes import DueLane
from tenantcrm.delivery.ports import BulkSender, Mail

BULK_FROM = 8
"""Mails from which they share a request. Fewer go one by one: that costs little more, and an answer
that is lost leaves one mail unknown, not all of them."""
PARCEL_SHARE = 2
"""Requests that one with many mails stands for: it holds a megabyte until it is answered."""
KEPT = 10_000
"""Lanes that are remembered."""


class Packable(Protocol):
    """Something with a mail."""

    @property
    def mail(self) -> Mail:
        """It."""


P = TypeVar("P", bound=Packable)


def pack(ready: Sequence[P], bulk: BulkSender | None) -> list[list[P]]:
    """The mails by request."""
    if bulk is None or len(ready) < BULK_FROM:
        return [[one] for one in ready]
    packed: list[list[P]] = []
    for places in bulk.parcels([one.mail for one in ready]):
        parcel = [ready[place] for place in places]
        packed += [parcel] if len(parcel) >= BULK_FROM else [[one] for one in parcel]
    return packed


def share(parcel: Sequence[object]) -> int:
    """How many requests under way a parcel stands for."""
    return min(len(parcel), PARCEL_SHARE)


def within(parcels: Sequence[list[P]], room: int) -> tuple[list[list[P]], list[P]]:
    """The parcels that can leave at once with ``room`` requests free, and the mails that cannot."""
    leaving: list[list[P]] = []
    staying: list[P] = []
    for parcel in parcels:
        if share(parcel) <= room:
            room -= share(parcel)
            leaving.append(parcel)
        else:
            staying += parcel
    return leaving, staying


class Crowding:
    """How many mails one request carried lately, by lane: so many may be claimed for a free one.

    Nothing is claimed that cannot leave at once, and whether mails can share requests shows only
    when they are made. So the last claim of a lane is the guess for its next one.
    """

    def __init__(self) -> None:
        """Know nothing: one mail a request."""
        self._mails_a_request: dict[tuple[object, str], float] = {}

    def mails(self, lane: DueLane, free: int) -> int:
        """Mails of a lane that may be claimed while so many requests are free."""
        return max(free, int(free * self._mails_a_request.get((lane.tenant_id, lane.kind), 1.0)))

    def note(self, lane: DueLane, mails: int, requests: int) -> None:
        """So many mails of a lane have left in so many requests."""
        if len(self._mails_a_request) >= KEPT:
            self._mails_a_request.clear()
        key = lane.tenant_id, lane.kind
        if requests and mails > requests:
            self._mails_a_request[key] = mails / requests
        elif mails:
            self._mails_a_request.pop(key, None)
