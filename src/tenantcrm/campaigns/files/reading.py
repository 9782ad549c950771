"""Fields of a document, read one by one; every fault is kept with its line."""

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from tenantcrm.campaigns.files.faults import FileFault
from tenantcrm.campaigns.files.yaml_tree import Tree, whole, yes_no
from tenantcrm.campaigns.schemas import SenderInput
from tenantcrm.campaigns.states import DayZero, LateAction, ZoneMode

WHOLE = frozenset({"send_day", "late_limit_hours"})
YES_NO = frozenset({"exit_unmatched", "track_opens", "track_clicks"})
LISTS = frozenset({"skip_weekdays", "skip_dates"})
CHOICES = {"day_zero": DayZero, "late_action": LateAction, "zone_mode": ZoneMode}


class Place(NamedTuple):
    """Where something stands. ``line`` counts from 1; 0: the whole file."""

    path: str
    line: int


class Reader:
    """Reads the fields of one document. ``places``: where each stands, by JSON pointer."""

    def __init__(self, path: str) -> None:
        """Read the document of this path."""
        self.path = path
        self.faults: list[FileFault] = []
        self.places: dict[str, Place] = {"": Place(path, 0)}

    def fault(self, line: int, message: str) -> None:
        """Keep a fault."""
        self.faults.append(FileFault(self.path, line, message))

    def beside(self, name: str) -> str:
        """The path of a file beside the document."""
        return str(PurePosixPath(self.path).parent / name)

    def mapping(self, tree: Tree, pointer: str, known: Iterable[str]) -> dict[str, Tree]:
        """The fields of a mapping that are known; the others are faults."""
        self.places[pointer] = Place(self.path, tree.line)
        if not isinstance(tree.value, dict):
            self.fault(tree.line, f"Expected fields, such as {next(iter(known))}: …")
            return {}
        for name, value in tree.value.items():
            self.places[f"{pointer}/{name}"] = Place(self.path, value.line)
            if name not in known:
                near = get_close_matches(name, list(known), n=1)
                hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
                self.fault(value.line, f"{name[:80]} is not known; {hint}")
        return {name: value for name, value in tree.value.items() if name in known}

    def sequence(self, tree: Tree, pointer: str) -> list[Tree]:
        """The items of a list; nothing is an empty one."""
        if tree.nothing:
            return []
        if not isinstance(tree.value, list):
            self.fault(tree.line, "Expected a list, one item a line after a hyphen")
            return []
        for place, item in enumerate(tree.value):
            self.places[f"{pointer}/{place}"] = Place(self.path, item.line)
        return tree.value

    def field(self, into: dict[str, Any], name: str, tree: Tree, *, pointer: str = "") -> None:
        """Read one field into ``into``; what cannot be read is a fault, and left out."""
        if name == "sender":
            into[name] = self._sender(tree)
        elif name in LISTS:
            into[name] = [
                self._text(item, name) for item in self.sequence(tree, f"{pointer}/{name}")
            ]
        elif name in WHOLE or name == "reentry_gap_days":
            self._number(into, name, tree)
        elif name in YES_NO:
            said = yes_no(tree)
            if said is None:
                self.fault(tree.line, f"{name} is true or false")
            else:
                into[name] = said
        elif name in CHOICES:
            self._choice(into, name, tree)
        else:
            into[name] = self._text(tree, name)

    def _number(self, into: dict[str, Any], name: str, tree: Tree) -> None:
        number = whole(tree)
        if number is None and not (tree.nothing and name == "reentry_gap_days"):
            self.fault(tree.line, f"{name} is a whole number, such as 3")
        else:
            into[name] = number

    def _choice(self, into: dict[str, Any], name: str, tree: Tree) -> None:
        choices = CHOICES[name]
        if tree.value in set(choices):
            into[name] = choices(tree.value)
        else:
            self.fault(tree.line, f"{name} is one of {', '.join(choices)}")

    def _text(self, tree: Tree, name: str) -> str:
        if isinstance(tree.value, str):
            return tree.value
        self.fault(tree.line, f"{name} is a text, in one line")
        return ""

    def _sender(self, tree: Tree) -> SenderInput | None:
        if tree.nothing:
            return None
        fields = self.mapping(tree, "/sender", ("name", "email"))
        for name in ("name", "email"):
            if name not in fields and isinstance(tree.value, dict):
                self.fault(tree.line, f"The sender's {name} is missing")
        return SenderInput(
            **{n: self._text(fields[n], n) if n in fields else "" for n in ("name", "email")}
        )
