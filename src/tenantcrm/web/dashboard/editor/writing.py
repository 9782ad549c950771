"""What is being written: the fields of the editor, as they were typed."""

from typing import Any

from msgspec import Struct, field

from tenantcrm.campaigns.schemas import MessageInput, MessageView
from tenantcrm.campaigns.states import Format
from tenantcrm.errors import FieldError, InvalidError
from tenantcrm.web.dashboard.editor.block_rows import (
    DESIGN,
    STARTER,
    Row,
    read_rows,
    rows_of,
    template_of,
)
from tenantcrm.web.forms import Form

PLAIN = ("subject", "preheader", "send_day", "format", "html_template", "version")
DAY = "Expected a whole number of days after day 0, such as 0 or 2, or -3 for before it"


class Writing(Struct, kw_only=True):
    """The editor's fields. ``rows`` and ``design`` are those of blocks, and empty otherwise.

    ``html_template`` in ``values`` is what would be stored, whatever the format.
    """

    values: dict[str, str]
    rows: list[Row] = []
    design: dict[str, str] = field(default_factory=lambda: dict(DESIGN))
    focus: int = 0
    said: str = ""
    """What a button has just done, for a screen reader."""

    @property
    def format(self) -> Format | None:
        """The format; None: none that there is."""
        return Format(self.values["format"]) if self.values["format"] in set(Format) else None

    def written(self) -> "Writing":
        """The same with the template that its rows make, or the rows that its template has."""
        if self.format is Format.BLOCKS and not self.rows:
            self.rows, self.design = rows_of(self.values["html_template"])
        return self

    def restacked(self, rows: list[Row]) -> None:
        """Take other rows."""
        self.rows = rows
        self.values["html_template"] = template_of(rows, self.design)

    def given(self) -> dict[str, Any]:
        """What a message is given.

        Raises:
            InvalidError: a number or a choice cannot be read.
        """
        faults = []
        day = _whole(self.values["send_day"])
        if day is None:
            faults.append(FieldError("/send_day", "invalid_type", DAY))
        if self.format is None:
            words = "Choose HTML, MJML, Markdown or blocks"
            faults.append(FieldError("/format", "invalid_value", words))
        if faults:
            raise InvalidError(faults)
        return {
            "subject": self.values["subject"],
            "preheader": self.values["preheader"],
            "send_day": day,
            "format": self.format,
            "html_template": self.values["html_template"],
        }

    def draft(self) -> MessageInput:
        """A message to look at; a day that cannot be read is told when it is saved."""
        return MessageInput(
            subject=self.values["subject"],
            preheader=self.values["preheader"],
            send_day=_whole(self.values["send_day"]) or 0,
            format=self.format or Format.HTML,
            html_template=self.values["html_template"],
        )


def _whole(text: str) -> int | None:
    text = text.strip()
    day = Form(day=text.removeprefix("-")).whole("day")
    return -day if day is not None and text.startswith("-") else day


def stored(message: MessageView) -> Writing:
    """A message as it is stored."""
    return Writing(values={name: str(getattr(message, name)) for name in PLAIN}).written()


def new(day: str, template_format: Format) -> Writing:
    """A message that begins."""
    template = STARTER if template_format is Format.BLOCKS else ""
    values = dict.fromkeys(PLAIN, "") | {
        "format": template_format.value,
        "send_day": day,
        "html_template": template,
    }
    return Writing(values=values).written()


def typed(form: Form) -> Writing:
    """What a form holds; its format is still the one that it was written in."""
    writing = Writing(values=form.values(*PLAIN))
    writing.values["format"] = form["format_was"] or form["format"]
    if writing.format is Format.BLOCKS and "order" in form:
        writing.rows, writing.design = read_rows(form)
        writing.restacked(writing.rows)
    return writing.written()
