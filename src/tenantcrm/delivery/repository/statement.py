"""Hand-written statements whose parameters have one type each, by their name."""

import re
from typing import Any

from sqlalchemy import (
    ARRAY,
    Boolean,
    DateTime,
    Double,
    Integer,
    TextClause,
    Uuid,
    bindparam,
    text,
)
from sqlalchemy import Text as String
from sqlalchemy.types import TypeEngine

_MOMENT = DateTime(timezone=True)
TYPES: dict[str, TypeEngine[Any]] = {
    "t": Uuid(),
    "kind": String(),
    "worker": String(),
    "now": _MOMENT,
    "real": _MOMENT,
    "lease": _MOMENT,
    "rest": _MOMENT,
    "look": _MOMENT,
    "until": _MOMENT,
    "before": _MOMENT,
    "due": _MOMENT,
    "hour": _MOMENT,
    "since": _MOMENT,
    "start": Double(),
    "most": Integer(),
    "mails": Integer(),
    "parked": String(),
    "asked": Integer(),
    "hard": Integer(),
    "soft": Integer(),
    "complained": Integer(),
    "edge": Uuid(),
    "campaign": Uuid(),
    "message": Uuid(),
    "contact": Uuid(),
    "zone": String(),
    "why": String(),
    "at": _MOMENT,
    "messages": ARRAY(Uuid()),
    "ids": ARRAY(Uuid()),
    "contacts": ARRAY(Uuid()),
    "campaigns": ARRAY(Uuid()),
    "fences": ARRAY(Integer()),
    "states": ARRAY(String()),
    "reasons": ARRAY(String()),
    "details": ARRAY(String()),
    "ses": ARRAY(String()),
    "retries": ARRAY(_MOMENT),
    "held": ARRAY(Boolean()),
    "old": ARRAY(String()),
    "workers": ARRAY(String()),
    "kinds": ARRAY(String()),
    "dues": ARRAY(_MOMENT),
    "lates": ARRAY(_MOMENT),
}
"""The driver writes them as casts: PostgreSQL then never has to guess."""


def statement(sql: str) -> TextClause:
    """A statement with typed parameters; a name that is not in :data:`TYPES` is a KeyError."""
    names = set(re.findall(r"(?<![:\w]):(\w+)", sql))
    return text(sql).bindparams(*(bindparam(name, type_=TYPES[name]) for name in names))
