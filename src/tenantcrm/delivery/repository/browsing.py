"""Pages of the ledger: which mails come next in a set of them, however large it is.

A page looks into an index once for each message and state that may hold one of its mails, and
takes the latest of what it finds: it never reads past what it shows.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import TextClause

from tenantcrm.database import TenantSession
from tenantcrm.delivery.numbers import SEEN, STATES, Among, Fate
from tenantcrm.delivery.repository.statement import statement
from tenantcrm.delivery.states import State

_WHERE = {
    Fate.OPENED: "d.opened_at IS NOT NULL",
    Fate.CLICKED: "d.clicked_at IS NOT NULL",
    Fate.MACHINE: "d.machine_at IS NOT NULL AND d.opened_at IS NULL AND d.clicked_at IS NULL",
    Fate.UNSUBSCRIBED: "d.unsubscribed_at IS NOT NULL",
}
"""As the conditions of the indexes of the ledger stand, word by word."""


class Key(NamedTuple):
    """A mail's place in the list: the latest first."""

    at: datetime
    id: UUID


async def keys(
    session: TenantSession,
    among: Among,
    *,
    states: Sequence[State] = (),
    after: Key | None = None,
    limit: int,
) -> list[Key]:
    """The places of the next mails of a set, the latest first. ``states``: only those in one."""
    wanted = list(states) or list(STATES.get(among.fate, ()) if among.fate else ())
    parts = _conditions(among, after)
    if among.contact_id is not None:
        sql = _plain(["d.contact_id = :contact", *parts, *_all_of(among, wanted)])
    elif among.campaign_id is None and among.message_id is None and not wanted:
        if among.fate is None:
            sql = _plain(["d.kind <> 'system'", *parts])
        else:
            sql = _by_message(among, parts, wanted)
    else:
        sql = _by_message(among, parts, wanted)
    values = {
        "t": session.tenant_id,
        "contact": among.contact_id,
        "campaign": among.campaign_id,
        "message": among.message_id,
        "why": among.reasoned,
        "since": among.since,
        "until": among.until,
        "states": [str(state) for state in wanted] or [str(state) for state in State],
        "at": None if after is None else after.at,
        "edge": None if after is None else after.id,
        "most": limit,
    }
    query = _prepared(sql)
    named = {name: values[name] for name in query._bindparams}  # noqa: SLF001 # what it takes
    return [Key(*row) for row in (await session.execute(query, named)).all()]


def _conditions(among: Among, after: Key | None) -> list[str]:
    parts = []
    if among.reasoned is not None:
        column = "bounce" if among.fate is Fate.BOUNCED else "reason"
        parts.append(f"d.{column} = :why")
    if among.since is not None:
        parts.append("d.at >= :since")
    if among.until is not None:
        parts.append("d.at < :until")
    if after is not None:
        parts.append("(d.at, d.id) < (:at, :edge)")
    return parts


def _all_of(among: Among, wanted: list[State]) -> list[str]:
    """What a mail is asked that was found by another way than its message and state."""
    parts = ["d.kind <> 'system'"]
    if wanted:
        parts.append("d.state = ANY (:states)")
    if among.fate in SEEN:
        parts.append(_WHERE[among.fate])
    if among.campaign_id is not None:
        parts.append("d.campaign_id = :campaign")
    if among.message_id is not None:
        parts.append("d.message_id = :message")
    return parts


_LATEST = "ORDER BY d.at DESC, d.id DESC LIMIT :most"


def _plain(parts: list[str]) -> str:
    return (
        "SELECT d.at, d.id FROM deliveries d WHERE d.tenant_id = :t AND "  # noqa: S608 - constants
        + " AND ".join(parts)
        + f" {_LATEST}"
    )


def _by_message(among: Among, parts: list[str], wanted: list[State]) -> str:
    """The latest of each message, state by state, and the latest of these."""
    own = ["m.tenant_id = :t"]
    if among.campaign_id is not None:
        own.append("m.campaign_id = :campaign")
    if among.message_id is not None:
        own.append("m.id = :message")
    mail = ["d.tenant_id = :t", "d.campaign_id = m.campaign_id", "d.message_id = m.id"]
    seen = among.fate in SEEN
    if seen and among.fate is not None:
        mail.append(_WHERE[among.fate])
    else:
        mail.append("d.state = s.state")
    each = "" if seen else "CROSS JOIN unnest(:states) AS s (state)"
    found = (
        f"SELECT k.at, k.id FROM messages m {each} CROSS JOIN LATERAL ("  # noqa: S608 - constants
        f"SELECT d.at, d.id FROM deliveries d WHERE {' AND '.join([*mail, *parts])} {_LATEST}"
        f") AS k WHERE {' AND '.join(own)}"
    )
    if among.campaign_id is None and among.message_id is None and wanted:
        tests = ["d.kind = 'test'", "d.state = ANY (:states)", *parts]
        found += f" UNION ALL ({_plain(tests)})"
    return f"SELECT at, id FROM ({found}) AS found ORDER BY at DESC, id DESC LIMIT :most"  # noqa: S608


_PREPARED: dict[str, TextClause] = {}


def _prepared(sql: str) -> TextClause:
    """There are a few dozen of them: each set, with and without bounds."""
    if sql not in _PREPARED:
        _PREPARED[sql] = statement(sql)
    return _PREPARED[sql]
