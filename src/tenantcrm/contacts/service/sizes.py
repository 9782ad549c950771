"""How many, and whom a filter reaches: exactly where that takes no time, else about.

Up to :data:`COUNTED` contacts everything is counted. A larger tenant's whole number is the one that
the worker counted last; what of it matches a filter is counted while ``seconds`` last, and else
estimated from a fair sample of one contact in 64.
"""

from collections.abc import Awaitable, Callable

from sqlalchemy import ColumnElement

from tenantcrm.contacts import repository
from tenantcrm.contacts.filters import parse
from tenantcrm.contacts.filters.compile import compile_filter
from tenantcrm.contacts.repository import sizes
from tenantcrm.contacts.schemas import Audience, ContactRow, Size
from tenantcrm.database import TenantSession
from tenantcrm.tenants.models import Mode

COUNTED = 20_000
SAMPLE = 5
PATIENCE = 0.3
"""Seconds that a person waits for an exact count."""


async def total(session: TenantSession, *, mode: Mode) -> Size:
    """How many contacts there are."""
    own = repository.own(session, mode)
    number = await sizes.up_to(session, own, COUNTED + 1)
    if number <= COUNTED:
        return Size(number)
    if mode is Mode.LIVE:
        number = max(number, await sizes.counted(session))
    return Size(number, exact=False)


async def audience(
    session: TenantSession, filter_text: str, *, mode: Mode, seconds: float | None = None
) -> Audience:
    """Whom a filter reaches: how many can be mailed, how many cannot and why, and a few of them.

    ``seconds``: after these an estimate will do; None: exactly, however long it takes.

    Raises:
        FilterError: the filter cannot be read.
    """
    condition = compile_filter(parse(filter_text))

    def reach(asked: ColumnElement[bool]) -> Callable[[], Awaitable[dict[str | None, int]]]:
        return lambda: repository.reach(session, mode, asked)

    found, exact = None, True
    if seconds is not None and not (await total(session, mode=mode)).exact:
        found = await sizes.within(session, seconds, reach(condition))
        exact = found is not None
        if found is None:
            part = await reach(condition & sizes.SAMPLED)()
            found = {reason: number * sizes.ONE_IN for reason, number in part.items()}
    elif found is None:
        found = await reach(condition)()
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
