"""Random contacts, random filters, and random ways to write a filter down."""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import strategies as st

from tests.contacts.filters.people import Person
from tests.contacts.filters.reference import FIELDS, Ask, Join, Value

# Small pools, so that random filters and random contacts meet.
NAMES = ("plan", "seats", "signup", "name", "and")
WORDS = (
    "", "a", "A", "pro", "Pro", "PRO", "pr", "o", "free", "é", "É", "ß", "ss", "SS", "ẞ", "ﬁ", "fi",
    "İ", "i", "ς", "Σ", "K", "k", "100%", "a_b", "a/b", "\\", '"', "'",
    "'; DROP TABLE contacts; --",
    "two words", "\n",
    "true", "FALSE", "null", "{}", "$1", ":x", "%s", "שלום", "مرحبا", "👩‍🚀", "\u202e",
)  # fmt: skip
NUMBERS = ("0", "-0", "3", "3.0", "03", "-3", "2.5", "2.50", "10", "1e2", "100", "1e300", "1e-300",
           "99999999999999999999", "1e999", "1e1000", "0.1", "0.10000000000000001")  # fmt: skip
STORED_NUMBERS = (0, 3, 3.0, -3, 2.5, 10, 100, 1e300, 1e-300, 99999999999999999999, 0.1, 1)
DATES = (
    "2026-01-01", "2026-01-02", "2025-12-31", "2024-02-29", "0001-01-01", "9999-12-31",
    "2026-01-01T00:00:00Z", "2026-01-01T10:00:00Z", "2026-01-01T12:00:00+02:00", "2026-01-01 10:00",
    "2026-01-01t23:30:00-01:00", "2026-01-01T10:00:00.5Z", "2026-01-01T10:00:00.500000999",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z",
)  # fmt: skip
BAD_DATES = (
    "2026-02-29", "2026-13-01", "2026-1-1", "0000-01-01", "2026-01-01T24:00",
    "2026-01-01T10:00:60Z",
    "2026-01-01T10:00+15:00", "9999-12-31T23:00-14:00", "0001-01-01T00:00+14:00", "2026-01-01x",
    "2026-01-01T", "20260101", "٢٠٢٦-٠١-٠١", "now", "infinity",
)  # fmt: skip
STATUSES = ("subscribed", "unsubscribed", "bounced", "complained")

ORDERING = ("<", "<=", ">", ">=")
OPERATORS = ("=", "!=", ":", *ORDERING)

# Each strategy is made once: making them anew in every draw costs more than drawing.
_characters = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
_near = st.text(st.sampled_from("aAsSßẞiİkK%_/\\*"), max_size=5)
_texts = st.sampled_from(WORDS) | _near | st.text(_characters, max_size=6)
_times = st.integers(-90_000_000_000, 90_000_000_000).map(
    lambda micro: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(microseconds=micro)
)
_moments = st.sampled_from(DATES) | _times.map(datetime.isoformat)
_stored = st.one_of(
    _texts,
    st.sampled_from(NUMBERS + DATES + BAD_DATES),
    st.sampled_from(STORED_NUMBERS),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    _times.map(datetime.isoformat),
)
_optional = st.none() | _texts


def _variants(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words, and what is nearly them."""
    near = (v for w in words for v in (w.upper(), w.lower(), w.swapcase(), w[1:], w[:2]))
    return tuple(dict.fromkeys((*words, *near)))


def _orderable(text: str) -> bool:
    """Whether it is no date that somebody got wrong: those are refused where order counts."""
    return text in NUMBERS + DATES or not text[:4].isdigit()


_KNOWN = ("ada0@example.com", "bob1@EXAMPLE.com", "Europe/London", "utc", "example", "_y")
_EQUAL = st.sampled_from(_variants(WORDS + NUMBERS + DATES + BAD_DATES + _KNOWN)) | _near
_ORDER = st.sampled_from(tuple(filter(_orderable, _variants(WORDS + NUMBERS + DATES)))) | _near
_STATUS = st.sampled_from(STATUSES + tuple(map(str.upper, STATUSES)))
_PATTERNS = st.lists(_texts, min_size=2, max_size=4).map(tuple)
_PRESENCE = ("", "")


@st.composite
def _people(draw: st.DrawFn) -> list[Person]:
    made = []
    for number in range(draw(_FEW)):
        external_id = draw(_optional)
        made.append(
            Person(
                email=f"{draw(_LOCAL)}{number}@Example.COM",
                name=draw(_optional),
                external_id=None if external_id is None else f"{external_id}{number}",
                timezone=draw(_ZONES),
                status=draw(_STATUSES),
                created_at=draw(_times),
                updated_at=draw(_times),
                attributes=draw(_ATTRIBUTES),
            )
        )
    return made


_FEW = st.integers(1, 4)
_LOCAL = st.sampled_from(["Ada", "bob", "x_y"])
_ZONES = st.sampled_from([None, "Europe/London", "UTC"])
_STATUSES = st.sampled_from(STATUSES)
_ATTRIBUTES = st.dictionaries(st.sampled_from(NAMES), _stored)
people = _people()
"""A few contacts; no two with one address or one external id."""


@st.composite
def _asks(draw: st.DrawFn) -> Ask:
    field, name = draw(_TARGETS)
    operator = draw(_OPERATORS)
    ordered, shape = operator in ORDERING, draw(_SHAPES)
    pieces: tuple[str, ...]
    if not ordered and shape == 0:
        pieces = _PRESENCE
    elif field and name.endswith("_at"):
        pieces = (draw(_moments),)
    elif not ordered and shape == 1:
        pieces = draw(_PATTERNS)
    elif name == "status" and operator in {"=", "!="}:
        pieces = (draw(_STATUS),)
    else:
        pieces = (draw(_ORDER if ordered else _EQUAL),)
    return Ask(name, field, operator, Value(pieces, quoted=draw(_QUOTED)))


_TARGETS = st.sampled_from([(True, f) for f in FIELDS] + [(False, n) for n in NAMES] * 2)
_OPERATORS = st.sampled_from(OPERATORS)
_SHAPES = st.integers(0, 7)
_QUOTED = st.booleans()
_joins = st.sampled_from(["AND", "OR"])
filters: st.SearchStrategy[Ask | Join] = st.recursive(
    _asks(),
    lambda inner: (
        inner.map(lambda part: Join("NOT", (part,)))
        | st.builds(Join, _joins, st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=5,
)
"""Trees of conditions."""


def written(tree: Ask | Join, random: Random) -> str:
    """One of the many ways to write the tree."""
    return random.choice(["", " ", "\n"]) + _written(tree, random) + random.choice(["", "  "])


def _written(tree: Ask | Join, random: Random) -> str:
    if isinstance(tree, Ask):
        return _condition(tree, random)
    if tree.word == "NOT":
        sign = random.choice(["NOT ", "not  ", "-", "- "])
        return sign + _grouped(tree.parts[0], random)
    word = f" {random.choice([tree.word, tree.word.lower()])}\t"
    return word.join(_grouped(part, random) for part in tree.parts)


def _grouped(tree: Ask | Join, random: Random) -> str:
    text = _written(tree, random)
    needed = isinstance(tree, Join) and tree.word != "NOT"
    return f"({text} )" if needed or random.random() < 0.2 else text


def _condition(ask: Ask, random: Random) -> str:
    space = random.choice(["", " "])
    shadowed = ask.name in FIELDS or ask.name == "and"
    long_name = not ask.field and (shadowed or random.random() < 0.2)
    name = f"attributes.{ask.name}" if long_name else ask.name
    return f"{name}{space}{ask.operator}{space}{_value(ask.value, random)}"


def _value(value: Value, random: Random) -> str:
    if not value.quoted and _may_be_bare(value):
        return "*".join(value.pieces)
    quote = random.choice("\"'")
    special = {"\\", "*", quote}
    pieces = ("".join("\\" + c if c in special else c for c in piece) for piece in value.pieces)
    return quote + "*".join(pieces) + quote


def _may_be_bare(value: Value) -> bool:
    """Whether these pieces can stand without quotes (fewer than the language allows)."""
    text = "".join(value.pieces)
    whole = "*".join(value.pieces)
    plain = all(c.isalnum() or c in "-+.@/_%" or (c == ":" and i) for i, c in enumerate(text))
    return bool(whole) and plain and whole.casefold() not in {"and", "or", "not"}
