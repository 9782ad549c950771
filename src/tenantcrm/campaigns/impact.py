"""What an edit of a live campaign does to the people in it. Pure.

People are counted in groups with the same day 0 and zone, so that it costs the same for ten people
and a million.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct, structs

from tenantcrm.campaigns import calendar, schedule
from tenantcrm.campaigns.calendar import Timetable
from tenantcrm.campaigns.states import PastPolicy

GONE = datetime.min.replace(tzinfo=UTC)
"""The time of a mail that goes at once: for whoever is in the campaign it has passed."""


class Shape(Struct, frozen=True):
    """What the calendar needs of a campaign. ``messages``: id and send day, by day."""

    timetable: Timetable
    messages: Sequence[tuple[UUID, int]]


class People(Struct, frozen=True):
    """So many people with one day 0 in one zone. ``inside``: they are in the campaign; else they
    had finished it, and the edit lets them in again. ``moves_to``: the day 0 that the edit gives
    them (None: the same); ``leaves``: it leaves them without one.
    """

    day0: date
    zone: str | None
    number: int
    inside: bool = True
    moves_to: date | None = None
    leaves: bool = False


class MessageImpact(Struct, kw_only=True):
    """``change``: added, moved, removed or unchanged. ``past``: people for whom its time passes by
    the edit; ``due_at_once``: those of them to whom it is sent. ``moved``: people who get it on
    another day or at another time than before.
    """

    id: UUID
    send_day: int
    change: str
    past: int = 0
    due_at_once: int = 0
    moved: int = 0


class CatchUp(Struct, frozen=True, kw_only=True):
    """What the next scan does for people of an edit: ``action`` is ``send``, ``skip`` or ``move``.

    ``move``: what waits for the old time is taken back; it comes at the new one.
    """

    message_id: UUID
    days0: list[date]
    zones: list[str | None] | None
    action: str
    at: datetime


class Impact(Struct, frozen=True, kw_only=True):
    """The whole of it. ``people``: in the campaign. ``leaving``: those of them whom the edit leaves
    without a day 0.
    """

    people: int
    messages: list[MessageImpact]
    catch_up: list[CatchUp]
    leaving: int = 0

    @property
    def past(self) -> int:
        """Mails whose time passes by the edit."""
        return sum(message.past for message in self.messages)

    @property
    def due_at_once(self) -> int:
        """Mails that become due at once."""
        return sum(message.due_at_once for message in self.messages)


def impact_of(
    before: Shape,
    after: Shape,
    people: Sequence[People],
    *,
    scanned_at: datetime,
    now: datetime,
    policy: PastPolicy | None,
) -> Impact:
    """What saving ``after`` does.

    Args:
        before: the campaign as it is.
        after: the campaign as it would be.
        people: those in the campaign, or in it again.
        scanned_at: what was due by then is in the ledger.
        now: the moment of the save.
        policy: for whom a message's time passes; None: what was moved is sent, what is new is not.
    """
    old_days = dict(before.messages)
    found = {
        message_id: MessageImpact(
            id=message_id, send_day=day, change=_change(old_days.get(message_id), day)
        )
        for message_id, day in after.messages
    }
    work: dict[tuple[UUID, str], dict[str | None, set[date]]] = {}
    for was_group, group in _staying(people):
        was, will = _times(before, was_group), _times(after, group)
        for message_id, slot in will.items():
            impact, old = found[message_id], was.get(message_id)
            if old is not None and old != slot and min(old, slot) > scanned_at and slot > now:
                impact.moved += group.number
            if slot > now:
                # It may be in the ledger, or an edit that no scan has followed yet made it due.
                if old is not None and old <= now:
                    _note(work, message_id, "move", group)
                continue
            if old is not None and old <= scanned_at:
                continue
            if old is not None and old <= now:
                # It was due by itself. The scan that is to come does it, unless it lies behind.
                if slot <= scanned_at:
                    in_time = schedule.in_time(before.timetable, old, now)
                    _note(work, message_id, "send" if in_time else "skip", group)
                continue
            impact.past += group.number
            in_time = group.moves_to is None or schedule.in_time(after.timetable, slot, now)
            sent, action = _decided(policy, group, new=old is None, in_time=in_time)
            impact.due_at_once += group.number * sent
            _note(work, message_id, action, group)
    removed = [
        MessageImpact(id=message_id, send_day=day, change="removed")
        for message_id, day in before.messages
        if message_id not in found
    ]
    by_contact = after.timetable.by_contact
    return Impact(
        people=sum(group.number for group in people if group.inside),
        leaving=sum(group.number for group in people if group.leaves),
        messages=[*found.values(), *removed],
        catch_up=[
            CatchUp(
                message_id=message_id,
                days0=list(days),
                zones=zones if by_contact else None,
                action=action,
                at=now,
            )
            for (message_id, action), by_zone in sorted(work.items(), key=_moves_first)
            for days, zones in _shared(by_zone).items()
        ],
    )


def _change(old: int | None, new: int) -> str:
    if old is None:
        return "added"
    return "unchanged" if old == new else "moved"


def _staying(people: Sequence[People]) -> Iterator[tuple[People, People]]:
    """Each group as it was and as it is: the scan gives its people their new day 0 before it does
    what the edit has left.
    """
    for group in people:
        if not group.leaves:
            yield group, structs.replace(group, day0=group.moves_to or group.day0)


def _decided(
    policy: PastPolicy | None, group: People, *, new: bool, in_time: bool
) -> tuple[bool, str | None]:
    """Whether a mail whose time passes is sent, and what the scan has to do for that."""
    if policy is None and group.moves_to is not None and not new:
        # As of any date that moves: the mail keeps its time, and may be too late.
        return in_time, None
    sent = not new if policy is None else policy is PastPolicy.SEND
    return sent, "send" if sent else "skip"


def _times(shape: Shape, group: People) -> Mapping[UUID, datetime]:
    zone = shape.timetable.zone_for(group.zone)
    planned = calendar.plan(group.day0, [day for _, day in shape.messages], shape.timetable.rest)
    return {
        message_id: GONE
        if shape.timetable.immediate and send_day == 0 and on.day == on.wanted
        else shape.timetable.slot(on.day, zone)
        for (message_id, send_day), on in zip(shape.messages, planned, strict=True)
    }


def _moves_first(item: tuple[tuple[UUID, str], object]) -> bool:
    (_, action), _ = item
    return action != "move"


def _shared(by_zone: dict[str | None, set[date]]) -> dict[tuple[date, ...], list[str | None]]:
    """The zones that have the same days."""
    shared: dict[tuple[date, ...], list[str | None]] = {}
    for zone, days in by_zone.items():
        shared.setdefault(tuple(sorted(days)), []).append(zone)
    return shared


def _note(work: dict[Any, Any], message_id: UUID, action: str | None, group: People) -> None:
    if action is not None:
        work.setdefault((message_id, action), {}).setdefault(group.zone, set()).add(group.day0)
