"""YAML as texts, lists and mappings, each with its line, and nothing guessed.

Every scalar stays the text that it is: YAML 1.1 would read 10:00 as six hundred, and no as false.
Aliases and tags are refused, as a few lines of them can stand for gigabytes.
"""

import re
from typing import Any

import yaml
from msgspec import Struct

from tenantcrm.campaigns.files.faults import FileFault, FilesError

DEPTH_MOST = 8
NOTHING = frozenset({"", "null", "~"})
YES_NO = {"true": True, "yes": True, "false": False, "no": False}
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}")


class Tree(Struct, frozen=True, kw_only=True):
    """A value and its line. ``value``: a text, a list of trees, or a dict of name to tree.

    ``plain``: a text without quotes.
    """

    line: int
    value: Any
    plain: bool = False

    @property
    def nothing(self) -> bool:
        """Whether nothing is said: empty, ``null`` or ``~``."""
        return isinstance(self.value, str) and self.plain and self.value.lower() in NOTHING


def parse_yaml(text: str, path: str) -> Tree:
    """The document in a text.

    Raises:
        FilesError: it is no YAML, or holds what is not taken.
    """
    try:
        _check_events(text, path)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = 0 if mark is None else mark.line + 1
        words = getattr(error, "problem", None) or str(error).split("\n", maxsplit=1)[0]
        raise FilesError([FileFault(path, line, f"This is not YAML: {words}")]) from None
    if node is None:
        raise FilesError([FileFault(path, 0, "The file is empty; expected a campaign")])
    return _tree(node, path)


def _check_events(text: str, path: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            raise FilesError([FileFault(path, line, "Aliases (*name) are not taken; write it out")])
        if getattr(event, "tag", None) is not None and str(event.tag) != "!":
            raise FilesError([FileFault(path, line, f"The tag {event.tag} is not taken")])
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEPTH_MOST:
            raise FilesError([FileFault(path, line, "This is nested too deeply")])


def _tree(node: yaml.Node, path: str) -> Tree:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return Tree(line=line, value=[_tree(item, path) for item in node.value])
    if not isinstance(node, yaml.MappingNode):
        return Tree(line=line, value=node.value, plain=node.style is None)
    found: dict[str, Tree] = {}
    for key, value in node.value:
        at = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise FilesError([FileFault(path, at, "The name of a field is a text")])
        if key.value in found:
            raise FilesError([FileFault(path, at, f"{key.value} is said a second time")])
        tree = _tree(value, path)
        found[key.value] = tree if isinstance(tree.value, list | dict) else _at(tree, at)
    return Tree(line=line, value=found)


def _at(tree: Tree, line: int) -> Tree:
    """A scalar is looked for where its name stands."""
    return Tree(line=line, value=tree.value, plain=tree.plain)


def whole(tree: Tree) -> int | None:
    """The whole number that a text is; None: it is none."""
    if not isinstance(tree.value, str) or not _WHOLE.fullmatch(tree.value):
        return None
    return int(tree.value)


def yes_no(tree: Tree) -> bool | None:
    """What a text says of yes or no; None: neither."""
    return YES_NO.get(tree.value.lower()) if isinstance(tree.value, str) else None


def show_yaml(document: dict[str, Any]) -> str:
    """The text of a document, the same for the same document whatever the machine."""
    return str(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100))
