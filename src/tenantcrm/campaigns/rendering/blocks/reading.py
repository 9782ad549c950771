"""Read a mail of blocks from its JSON; whatever is wrong names the block."""

import re
from collections.abc import Iterator

import msgspec

from tenantcrm.campaigns.rendering.blocks.shapes import (
    MOST_BLOCKS,
    Block,
    Columns,
    Document,
    Simple,
)
from tenantcrm.campaigns.rendering.environment import HTML
from tenantcrm.campaigns.rendering.errors import BLOCKS, TOO_LARGE, TemplateFault
from tenantcrm.campaigns.rendering.program import Program

_PLACE = re.compile(r" - at `\$(?:\.(\w+))?([^`]*)`$")
_PLAINER = (
    (re.compile(r"^Object missing required field `(\w+)`"), r"the field \1 is missing"),
    (re.compile(r"^Object contains unknown field `(\w+)`"), r"the field \1 is not known"),
    (re.compile(r"^Invalid enum value '?(.*?)'?$"), r"\1 is none of the choices"),
    (re.compile(r"^Expected `str` matching regex .*"), "expected a colour such as #2f4fc4"),
    (re.compile(r"(?:of length )?<= (\d+)$"), r"of at most \1"),
    (re.compile(r"(?:of length )?>= (\d+)$"), r"of at least \1"),
    (re.compile(r"`str` of (.*)"), r"a text of \1 characters"),
    (re.compile(r"`str`"), "a text"),
    (re.compile(r"`int(?: \| null)?`"), "a whole number"),
    (re.compile(r"`array`"), "a list"),
    (re.compile(r"`object`"), "an object"),
)
TYPES = "heading, text, button, image, divider, spacer or columns"


def read(source: str) -> Document:
    """The mail.

    Raises:
        TemplateFault: it is no JSON of this shape, or has too many blocks.
    """
    try:
        found = msgspec.json.decode(source, type=Document)
    except msgspec.ValidationError as error:
        raise TemplateFault(_words(str(error)), code=BLOCKS) from None
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        words = 'expected JSON such as {"blocks": [{"type": "text", "text": "Hello"}]}'
        raise TemplateFault(f"this is no mail of blocks: {words}", code=BLOCKS) from None
    number = sum(1 for _ in every(found))
    if not number:
        raise TemplateFault("a mail of blocks needs at least one block", code=BLOCKS)
    if number > MOST_BLOCKS:
        words = f"a mail has at most {MOST_BLOCKS} blocks; this has {number}"
        raise TemplateFault(words, code=TOO_LARGE)
    return found


def every(document: Document) -> Iterator[tuple[str, Block]]:
    """Each block with its place in words, those in columns behind the block that holds them."""
    for number, block in enumerate(document.blocks, 1):
        place = f"Block {number}"
        yield place, block
        if isinstance(block, Columns):
            for column, inside in enumerate(block.columns, 1):
                for inner, one in enumerate(inside, 1):
                    yield f"{place}, column {column}, block {inner}", one


def texts(block: Block) -> dict[str, str]:
    """The fields of a block that are Liquid, by name."""
    names = ("text", "url", "link", "alt")
    return {name: getattr(block, name) for name in names if hasattr(block, name)}


def check(source: str) -> list[TemplateFault]:
    """What is wrong with each block's Liquid: what begins in a field ends in it.

    Raises:
        TemplateFault: it cannot be read at all.
    """
    faults = []
    for place, block in every(read(source)):
        for name, text in texts(block).items():
            try:
                Program(text, HTML)
            except TemplateFault as fault:
                faults.append(placed(fault, place, block, name))
    return faults


def placed(fault: TemplateFault, place: str, block: Block | Simple, name: str) -> TemplateFault:
    """A fault with the place of its block in words."""
    line = f" line {fault.line}" if fault.line and fault.line > 1 else ""
    words = f"{place} ({type(block).__name__.lower()}), {name}{line}: {fault.message}"
    return TemplateFault(words, code=fault.code)


def _words(technical: str) -> str:
    """The words of msgspec in ours, with the place in front."""
    place = ""
    if found := _PLACE.search(technical):
        technical = technical[: found.start()]
        place = _place(found[1] or "", found[2])
    if technical.startswith("Invalid value"):
        return f"{place}a block is one of {TYPES}"
    if "`Object` missing" in technical and "`type`" in technical:
        return f"{place}the type is missing: a block is one of {TYPES}"
    for pattern, plain in _PLAINER:
        technical = pattern.sub(plain, technical)
    return place + technical[:1].lower() + technical[1:]


def _place(root: str, rest: str) -> str:
    numbers = [int(number) + 1 for number in re.findall(r"\[(\d+)\]", rest)]
    names = [name for name in re.findall(r"\.(\w+)", rest) if name not in {"columns", "key"}]
    words = f"Block {numbers[0]}" if root == "blocks" and numbers else root
    if len(numbers) > 1:
        words += f", column {numbers[1]}"
    if len(numbers) > 2:  # noqa: PLR2004 - the block, its column, the block in that
        words += f", block {numbers[2]}"
    return ", ".join([part for part in (words, *names) if part]) + ": " if words else ""
