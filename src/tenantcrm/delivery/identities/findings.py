"""What a look at a domain has found, as it is kept with it."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from tenantcrm.delivery.identities.records import Part


class RecordState(StrEnum):
    """How a record that is wanted stands in DNS."""

    FOUND = "found"
    MISSING = "missing"
    DIFFERENT = "different"
    UNKNOWN = "unknown"
    """Nobody could say: that is not missing."""
    NOT_ASKED = "not_asked"
    """Nobody has looked yet, or nobody looks, as in a sandbox."""


class Sighting(Struct, frozen=True, kw_only=True):
    """A record that is wanted, and what was seen in its place. ``note``: a sentence."""

    part: Part
    type: str
    name: str
    value: str
    priority: int | None = None
    state: RecordState = RecordState.NOT_ASKED
    seen: tuple[str, ...] = ()
    note: str = ""


class Tone(StrEnum):
    """How much a piece of advice matters."""

    OK = "ok"
    WARN = "warn"
    DANGER = "danger"


class Advice(Struct, frozen=True):
    """A sentence or two for whoever keeps the domain; ``record``: a value to put at ``name``."""

    tone: Tone
    text: str
    name: str = ""
    record: str = ""


class DmarcFinding(Struct, frozen=True, kw_only=True):
    """The DMARC policy that covers a domain. ``at``: where it stands; empty: nowhere."""

    state: RecordState = RecordState.NOT_ASKED
    at: str = ""
    record: str = ""
    policy: str = ""
    advice: tuple[Advice, ...] = ()


class SesWord(Struct, frozen=True, kw_only=True):
    """What SES says of a domain: its own words for DKIM and MAIL FROM (``SUCCESS``, …)."""

    known: bool = False
    verified: bool = False
    dkim: str = ""
    mail_from: str = ""


class Findings(Struct, frozen=True, kw_only=True):
    """All of it. Times are machine time."""

    records: tuple[Sighting, ...] = ()
    dmarc: DmarcFinding = DmarcFinding()
    ses: SesWord = SesWord()
    since: datetime | None = None
    """From when SES has been looking for the records: it gives up after 72 hours."""
    misses: int = 0
    """How many times in a row SES has not called a verified domain verified."""
    words: str = ""
    """What stands in the way, besides the records."""

    def all_found(self, *parts: Part) -> bool:
        """Whether the records of these parts (of all, where none is named) are there, and right."""
        looked = [one for one in self.records if not parts or one.part in parts]
        return bool(looked) and all(one.state is RecordState.FOUND for one in looked)

    @property
    def outstanding(self) -> bool:
        """Whether a record was looked for and is not as it should be, as far as anybody can say."""
        settled = {RecordState.FOUND, RecordState.NOT_ASKED}
        return any(one.state not in settled for one in self.records)
