"""Where the tags and outputs of Liquid stand in a source, found in one linear pass.

The lexer of python-liquid is one regular expression whose alternatives are quadratic on hostile
input. This pass comes first and refuses what would keep it busy, with the line and words for it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tenantcrm.campaigns.rendering import limits
from tenantcrm.campaigns.rendering.errors import TOO_LARGE, TemplateFault

BLOCKS = frozenset({"if", "unless", "case", "for", "capture"})
BRANCHES = frozenset({"else", "elsif", "when"})
LITERAL = frozenset({"raw", "doc", "comment", "#"})
OUTPUTS = frozenset({"", "echo"})
_OPENING = re.compile(r"\{[{%]")
_NAME = re.compile(r"\{%-?\s*(#|\w*)")
_BARE = re.compile(r"\{%-?\s*\w+\s*-?%\}")
_BLANKS = re.compile(rf"\s{{{limits.MAX_BLANKS + 1}}}")
_MARKUP = re.compile(r"<[a-zA-Z/!]|&#?\w+;")


@dataclass(frozen=True, slots=True)
class Construct:
    """One output or tag. Its ``name`` is empty for ``{{ … }}``; a raw, doc or comment block is one
    construct with all that it encloses.
    """

    start: int
    end: int
    name: str
    text: str
    line: int

    @property
    def controls(self) -> bool:
        """Whether the meaning of the text around it hangs on it."""
        return self.name not in OUTPUTS and self.name not in LITERAL

    @property
    def holds_markup(self) -> bool:
        """Whether it may itself write HTML, as in ``{{ name | default: "<i>you</i>" }}``."""
        return self.name not in LITERAL - {"raw"} and _MARKUP.search(self.text) is not None


def constructs(source: str) -> list[Construct]:
    """Every construct, in order.

    Raises:
        TemplateFault: one is not closed, or too long, or there are too many.
    """
    found, size = [], 0
    for construct in _scan(source):
        found.append(construct)
        size += 0 if construct.name in LITERAL else len(construct.text)
        if len(found) > limits.MAX_CONSTRUCTS or size > limits.MAX_LIQUID:
            raise TemplateFault("there are too many tags", construct.line, TOO_LARGE)
    return found


def _scan(source: str) -> Iterator[Construct]:
    position, line, counted = 0, 1, 0
    while opening := _OPENING.search(source, position):
        start = opening.start()
        line += source.count("\n", counted, start)
        counted = start
        end, name = _one(source, start, line)
        if name in {"raw", "doc"} and _BARE.fullmatch(source, start, end):
            end = _close(source, end, name, line)
        elif name == "comment":
            end = _comment(source, end, line)
        yield Construct(start, end, name, source[start:end], line)
        position = end


def _one(source: str, start: int, line: int) -> tuple[int, str]:
    closing = "}}" if source.startswith("{{", start) else "%}"
    stop = source.find(closing, start + 2)
    if stop < 0:
        raise TemplateFault(f"'{source[start : start + 2]}' is never closed by '{closing}'", line)
    end = stop + 2
    name = _NAME.match(source, start, end)
    _measure(source, start, end, line, liquid=name is not None and name[1] == "liquid")
    if name is None:
        return end, ""
    if not name[1]:
        raise TemplateFault("a tag has no name", line)
    return end, name[1]


def _measure(source: str, start: int, end: int, line: int, *, liquid: bool) -> None:
    most = limits.MAX_LIQUID_TAG if liquid else limits.MAX_CONSTRUCT
    if end - start > most:
        raise TemplateFault(f"a tag is longer than {most:,} characters", line, TOO_LARGE)
    if _BLANKS.search(source, start, end):
        raise TemplateFault(
            f"a tag holds more than {limits.MAX_BLANKS} blanks in a row", line, TOO_LARGE
        )
    if any(source.count(bracket, start, end) > limits.MAX_BRACKETS for bracket in "(["):
        raise TemplateFault(
            f"a tag holds more than {limits.MAX_BRACKETS} brackets", line, TOO_LARGE
        )


def _close(source: str, position: int, name: str, line: int) -> int:
    closing = re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}").search(source, position)
    if closing is None:
        raise TemplateFault(f"{{% {name} %}} is never closed: {{% end{name} %}} is missing", line)
    return closing.end()


def _comment(source: str, position: int, line: int) -> int:
    depth = 1
    while opening := _OPENING.search(source, position):
        position, name = _one(source, opening.start(), line)
        if name in {"raw", "doc"} and _BARE.fullmatch(source, opening.start(), position):
            position = _close(source, position, name, line)
        depth += (name == "comment") - (name == "endcomment")
        if depth == 0:
            return position
    raise TemplateFault("{% comment %} is never closed: {% endcomment %} is missing", line)


def check_blocks(found: list[Construct]) -> None:
    """See that every block is closed by its own end.

    Raises:
        TemplateFault: with the line of the tag that is alone.
    """
    open_blocks: list[Construct] = []
    for construct in found:
        if construct.name in BLOCKS:
            open_blocks.append(construct)
        elif construct.name.startswith("end"):
            block = construct.name.removeprefix("end")
            if not open_blocks:
                raise TemplateFault(
                    f"{{% {construct.name} %}} closes nothing that is open", construct.line
                )
            opened = open_blocks.pop()
            if block != opened.name:
                raise TemplateFault(
                    f"{{% {construct.name} %}} cannot close {{% {opened.name} %}} "
                    f"of line {opened.line}",
                    construct.line,
                )
    if open_blocks:
        last = open_blocks[-1]
        raise TemplateFault(
            f"{{% {last.name} %}} is never closed: {{% end{last.name} %}} is missing", last.line
        )
