"""What a mail of blocks holds. Texts and addresses are Liquid; sizes are CSS pixels."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

MOST_BLOCKS = 100
"""In a mail, those in columns counted too."""
WIDTH = 600
"""Of the mail's sheet."""

Align = Literal["left", "center", "right"]
Colour = Annotated[str, Meta(pattern="^#[0-9a-fA-F]{6}$")]
Line = Annotated[str, Meta(max_length=500)]
Address = Annotated[str, Meta(max_length=2_000)]


class Shape(
    Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=str.lower
):
    """A block; ``type`` in the JSON is its name in small letters."""


class Heading(Shape, frozen=True):
    """A heading of one line."""

    text: Line = ""
    level: Annotated[int, Meta(ge=1, le=3)] = 1
    align: Align = "left"


class Text(Shape, frozen=True):
    """Paragraphs, lists, links and emphasis in Markdown; HTML in it is shown as it is written."""

    text: Annotated[str, Meta(max_length=20_000)] = ""
    align: Align = "left"


class Button(Shape, frozen=True):
    """A link that looks like a button."""

    text: Line = ""
    url: Address = ""
    align: Align = "left"


class Image(Shape, frozen=True):
    """A picture at an address of its owner's; ``width`` None: as wide as the place allows."""

    url: Address = ""
    alt: Line = ""
    link: Address = ""
    width: Annotated[int, Meta(ge=16, le=WIDTH)] | None = None
    align: Align = "center"


class Divider(Shape, frozen=True):
    """A line across."""


class Spacer(Shape, frozen=True):
    """Empty room."""

    height: Annotated[int, Meta(ge=4, le=200)] = 24


Simple = Heading | Text | Button | Image | Divider | Spacer


class Columns(Shape, frozen=True):
    """Two or three columns; on phones they stand below each other."""

    columns: Annotated[list[list[Simple]], Meta(min_length=2, max_length=3)]


Block = Simple | Columns


class Design(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Colours and letters of the whole mail. ``accent``: of buttons and links."""

    accent: Colour = "#2f4fc4"
    background: Colour = "#f4f3f0"
    font: Literal["sans", "serif"] = "sans"


class Document(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mail of blocks."""

    blocks: list[Block]
    design: Design = field(default_factory=Design)
