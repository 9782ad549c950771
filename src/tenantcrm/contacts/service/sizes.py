"""How many, and whom a filter reaches: exactly where that takes no time, else about.

Up to :data:`COUNTED` contacts everything is counted. A larger tenant's whole number is the one that
the worker counted last, unless a fair sample of one contact in 256 or in 64 says that this was long
ago; what of it matches a filter is estimated from such a sample, or counted while ``seconds`` last
where the sample has too few of them.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy import ColumnElement, true

from tenantcrm.contacts import repository
from tenantcrm.contacts.filters import parse
from tenantcrm.contacts.filters.compile import compile_filter
from tenantcrm.contacts.repository import sizes
from tenantcrm.contacts.schemas import Audience, ContactRow, Size
from tenantcrm.database import TenantSession
from tenantcrm.tenants.models import Mode

T = TypeVar("T")
COUNTED = 20_000
THICK = 250_000
"""Contacts of whom one in 256 is a sample worth asking."""
ENOUGH = 400
"""Contacts of a sample whose number is within a twentieth, more often than not."""
ASTRAY = 0.2
"""By how much of it a guess from a sample may be wrong."""
GUESSED = 100_000
"""Contacts of a sample that are counted at most."""
SAMPLE = 5
PATIENCE, MOMENT = 0.3, 0.03
"""Seconds that a person waits for an exact count; what an index needs for one."""


async def total(session: TenantSession, *, mode: Mode) -> Size:
    """How many contacts there are."""
    own = repository.own(session, mode)
    known = await sizes.counted(session) if mode is Mode.LIVE else 0
    if known <= 2 * COUNTED:
        number = await sizes.up_to(session, own, COUNTED + 1)
        if number <= COUNTED:
            return Size(number)
    those, one_in = samples(Size(known, exact=False))[0]
    guessed = max(one_in * await sizes.up_to(session, own & those, GUESSED), COUNTED)
    # The worker counts exactly, and a while ago: before an import of a million, it may be.
    return Size(known if abs(known - guessed) < guessed * ASTRAY else guessed, exact=False)


async def in_time(
    session: TenantSession,
    work: Callable[[ColumnElement[bool]], Awaitable[T]],
    *,
    number: Callable[[T], int],
    seconds: float | None,
    mode: Mode = Mode.LIVE,
) -> tuple[T, int]:
    """What is found among contacts that fulfil a condition, and for how many each of them stands.

    Of a large tenant it is looked for in a sample. What has less than :data:`ENOUGH` there is
    looked for in a larger one, and then among all, unless that takes longer than ``seconds``.

    Args:
        session: of the tenant.
        work: looks, given a further condition on ``contacts``.
        number: of contacts in what was found.
        seconds: None: all contacts, however long it takes.
        mode: of the contacts.
    """
    if seconds is None or (whole := await total(session, mode=mode)).exact:
        return await work(true()), 1
    for those, one_in in samples(whole):
        some = await work(those)
        if number(some) >= ENOUGH:
            return some, one_in
    # So many are counted in a moment where an index finds them, and else not in several.
    patience = min(seconds, MOMENT) if whole.number > THICK else seconds
    found = await sizes.within(session, patience, lambda: work(true()))
    return (some, one_in) if found is None else (found, 1)


def samples(whole: Size) -> list[tuple[ColumnElement[bool], int]]:
    """Fair samples of so many contacts, the smallest first: a condition, and one in how many."""
    usual = [(sizes.SAMPLED, sizes.ONE_IN)]
    return [(sizes.THINNER, 4 * sizes.ONE_IN), *usual] if whole.number > THICK else usual


async def audience(
    session: TenantSession, filter_text: str, *, mode: Mode, seconds: float | None = None
) -> Audience:
    """Whom a filter reaches: how many can be mailed, how many cannot and why, and a few of them.

    ``seconds``: after these an estimate will do; None: exactly, however long it takes.

    Raises:
        FilterError: the filter cannot be read.
    """
    condition = compile_filter(parse(filter_text))

    found, one_in = await in_time(
        session,
        lambda those: repository.reach(session, mode, condition & those),
        number=lambda counted: sum(counted.values()),
        seconds=seconds,
        mode=mode,
    )
    exact, found = one_in == 1, {reason: number * one_in for reason, number in found.items()}
    eligible = found.get(None, 0)
    return Audience(
        eligible=eligible,
        excluded={reason: number for reason, number in found.items() if reason is not None},
        sample=await _sample(session, mode, condition, seconds if not exact else None)
        if eligible or not exact
        else [],
        exact=exact,
    )


async def _sample(
    session: TenantSession, mode: Mode, condition: ColumnElement[bool], seconds: float | None
) -> list[ContactRow]:
    def find() -> Awaitable[list[ContactRow]]:
        return repository.sample(session, mode, condition, SAMPLE)

    if seconds is None:
        return await find()
    return await sizes.within(session, seconds, find) or []
