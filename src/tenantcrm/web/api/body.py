"""Read a body strictly: what is wrong with it is named, all at once, each with its place."""

import json
import re
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, Struct, UnsetType
from msgspec.structs import fields

from tenantcrm.errors import FieldError, InvalidError

FAULTS_MOST = 100
_PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_NAMED = re.compile(r"`([^`]*)`")
_STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\[(?P<index>[^\]]*)\]")
_WORDS = {
    "str": "a string", "int": "a whole number", "float": "a number", "bool": "true or false",
    "array": "a list", "object": "an object", "null": "null",
}  # fmt: skip

S = TypeVar("S", bound=Struct)
Found = list[FieldError]


class _DuplicateError(ValueError):
    """A name that occurs twice in one object."""


def parse_json(raw: bytes) -> Any:
    """The value in a body of JSON (RFC 8259), with exact whole numbers and no name twice.

    Raises:
        InvalidError: it is not UTF-8, not JSON, or holds text that cannot be kept; says where.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise _malformed(f"The body is not UTF-8 (at byte {fault.start})", "not_utf8") from None
    try:
        found = _JSON.decode(text)
        unstorable = _unstorable(found, "") if "\\u" in text else None
    except json.JSONDecodeError as fault:
        place = f"line {fault.lineno}, column {fault.colno}"
        what = "is empty; a JSON object is expected" if not text.strip() else "is not JSON"
        raise _malformed(f"The body {what}: {fault.msg} ({place})") from None
    except _DuplicateError as fault:
        raise _malformed(str(fault), "duplicate_name") from None
    except RecursionError:
        raise _malformed("The body is nested too deeply", "too_deep") from None
    except ValueError:
        raise _malformed("The body holds a number that is too long", "number_too_large") from None
    if unstorable:
        raise InvalidError([unstorable])
    return found


def _malformed(message: str, code: str = "malformed_json") -> InvalidError:
    return InvalidError.of("", code, message)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for n, name in enumerate(names) if name in names[:n])
        raise _DuplicateError(f"The name {twice[:60]!r} occurs twice in one object")
    return made


def _refuse_constant(name: str) -> None:
    raise json.JSONDecodeError(f"{name} is not JSON", name, 0)


_JSON = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant)


def _unstorable(value: Any, pointer: str) -> FieldError | None:
    """The first text with a NUL or half of a surrogate pair, which PostgreSQL cannot hold."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
            words = "A text holds no NUL and no half of a surrogate pair"
            return FieldError(pointer, "invalid_text", words)
        return None
    if isinstance(value, dict):
        parts = [(name, below(pointer, name), item) for name, item in value.items()]
        found = (_unstorable(n, pointer) or _unstorable(v, p) for n, p, v in parts)
    elif isinstance(value, list):
        found = (_unstorable(item, below(pointer, n)) for n, item in enumerate(value))
    else:
        return None
    return next((fault for fault in found if fault), None)


def below(pointer: str, step: str | int) -> str:
    """The pointer (RFC 6901) to a member of what ``pointer`` names."""
    return f"{pointer}/{str(step).replace('~', '~0').replace('/', '~1')}"


def read_body(raw: bytes, shape: type[S]) -> S:
    """The body as ``shape``. Nothing is converted: "3" is no number.

    Raises:
        InvalidError: with every fault: unknown fields, missing ones, wrong types.
    """
    value = parse_json(raw)
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        # It names the first fault alone: look again, slowly, for all of them.
        faults: Found = []
        made = _read(value, shape, "", faults)
    if faults:
        raise InvalidError(faults[:FAULTS_MOST])
    return made  # type: ignore[no-any-return] # a struct of this shape, or faults were found


def read_part(value: Any, shape: type[S]) -> S:
    """A part of a body as ``shape``, with pointers into the part.

    Raises:
        InvalidError: with every fault of it.
    """
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError:
        faults: Found = []
        _read(value, shape, "", faults)
        raise InvalidError(faults[:FAULTS_MOST]) from None


def _read(value: Any, shape: Any, pointer: str, faults: Found) -> Any:
    choices = _choices(shape)
    if isinstance(shape, type) and issubclass(shape, Struct):
        return _read_struct(value, shape, pointer, faults)
    struct = next((c for c in choices if isinstance(c, type) and issubclass(c, Struct)), None)
    if struct is not None and value is not None:
        return _read_struct(value, struct, pointer, faults)
    lists = next((c for c in choices if get_origin(c) is list), None)
    if lists is not None and isinstance(value, list):
        (item,) = get_args(lists)
        return [_read(v, item, below(pointer, n), faults) for n, v in enumerate(value)]
    enum = next((c for c in choices if isinstance(c, type) and issubclass(c, Enum)), None)
    if enum is not None and value is not None and value not in [c.value for c in enum]:
        words = f"Expected one of {', '.join(str(c.value) for c in enum)}"
        faults.append(FieldError(pointer, "invalid_choice", words))
        return None
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as fault:
        faults.append(_fault(str(fault), pointer))
        return None


def _read_struct(value: Any, shape: type[S], pointer: str, faults: Found) -> S | None:
    if not isinstance(value, dict):
        faults.append(FieldError(pointer, "invalid_type", "Expected an object"))
        return None
    known = _fields(shape)
    given: dict[str, Any] = {}
    before = len(faults)
    for name, item in value.items():
        if name in known:
            given[name] = _read(item, known[name][0], below(pointer, name), faults)
        else:
            words = f"There is no such field here; there are {', '.join(known) or 'none'}"
            faults.append(FieldError(below(pointer, name), "unknown_field", words))
    for name, (_, required) in known.items():
        if required and name not in value:
            faults.append(FieldError(below(pointer, name), "required", "This field is needed"))
    return shape(**given) if len(faults) == before else None


@cache
def _fields(shape: type[Struct]) -> dict[str, tuple[Any, bool]]:
    """The types of the fields, and whether each must be given."""
    hints = get_type_hints(shape)
    return {
        f.name: (hints[f.name], f.default is NODEFAULT and f.default_factory is NODEFAULT)
        for f in fields(shape)
    }


@cache
def _choices(shape: Any) -> tuple[Any, ...]:
    """The types that a value may have; that a field may be left out is not one of them."""
    if get_origin(shape) in {Union, UnionType}:
        return tuple(c for c in get_args(shape) if c is not UnsetType)
    return (shape,)


def _in_words(types: re.Match[str]) -> str:
    return " or ".join(_WORDS.get(name.strip(), name.strip()) for name in types[1].split("|"))


def _fault(message: str, pointer: str) -> FieldError:
    """What msgspec says, in our words."""
    place = _PLACE.search(message)
    if place:
        message = message[: place.start()]
        for step in _STEP.finditer(place["path"]):
            pointer = below(pointer, step["name"] or step["index"])
    message = _NAMED.sub(_in_words, message)
    code = "invalid_type" if message.startswith("Expected") else "invalid_value"
    return FieldError(pointer, code, message)
