"""The POST forms of a page, as a browser without script would send them."""

import asyncio
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from tests.fixtures.web import Visitor

TOKEN = "_csrf_token"
ONCE = "_once"


@dataclass
class Control:
    """A field. ``options``: the values that a select, or boxes of one name, may have."""

    name: str
    kind: str
    value: str = ""
    required: bool = False
    pattern: str = ""
    options: list[str] = field(default_factory=list)


@dataclass
class Form:
    """A form; ``buttons``: name and value of each that sends it."""

    action: str
    enctype: str
    controls: list[Control] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def values(self) -> list[tuple[str, str]]:
        """What it holds as it is shown, with its first button pressed."""
        own = [(one.name, one.value) for one in self.controls if one.kind not in {"off", "file"}]
        return own + [button for button in self.buttons[:1] if button[0]]

    def has_file(self) -> bool:
        """Whether it takes a file."""
        return any(one.kind == "file" for one in self.controls)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.loose: list[tuple[str, str, str]] = []
        self.form: Form | None = None
        self.control: Control | None = None
        self.disabled = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.form = Form(values.get("action", ""), values.get("enctype", ""))
            if values.get("method", "") == "post":
                self.forms.append(self.form)
            self.by_id[values.get("id", "")] = self.form
        elif tag == "fieldset" and "disabled" in values:
            self.disabled += 1
        elif tag == "option" and self.control is not None:
            self.control.options.append(values.get("value", ""))
            if "selected" in values or len(self.control.options) == 1:
                self.control.value = values.get("value", "")
        elif "disabled" not in values and not self.disabled:
            self._take(tag, values)

    def _take(self, tag: str, values: dict[str, str]) -> None:
        name, kind = values.get("name", ""), values.get("type", "text" if tag == "input" else tag)
        if tag == "button" and kind in {"button", "submit"}:
            if kind == "button" and values.get("type"):
                return
            if "form" in values:
                self.loose.append((values["form"], name, values.get("value", "")))
            elif self.form is not None and "formaction" not in values:
                self.form.buttons.append((name, values.get("value", "")))
        elif tag in {"input", "select", "textarea"} and name and self.form is not None:
            if kind in {"checkbox", "radio"} and "checked" not in values:
                kind = "off"
            self.control = Control(
                name,
                kind,
                values.get("value", "on" if kind in {"checkbox", "radio"} else ""),
                "required" in values,
                values.get("pattern", ""),
            )
            self.form.controls.append(self.control)

    def handle_data(self, data: str) -> None:
        if (
            self.control is not None
            and self.control.kind == "textarea"
            and self.lasttag == "textarea"
        ):
            self.control.value += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        elif tag == "fieldset" and self.disabled:
            self.disabled -= 1
        if tag in {"select", "textarea"}:
            if self.control is not None and self.control.kind == "textarea":
                self.control.value = self.control.value.removeprefix("\n")
            self.control = None


def forms_of(page: httpx.Response) -> list[Form]:
    """Every POST form of a page; an action that is left out is the page's own address."""
    reader = _Reader()
    reader.feed(page.text)
    for name, button, value in reader.loose:
        if name in reader.by_id:
            reader.by_id[name].buttons.append((button, value))
    for form in reader.forms:
        form.action = form.action or page.url.raw_path.decode()
    return reader.forms


def typed_into(form: Form, mark: str) -> list[tuple[str, str]]:
    """The form with something typed or chosen in every field that takes it."""
    sent = []
    for number, one in enumerate(form.controls):
        value = one.value
        if one.kind in {"text", "search", "password"}:
            value = f"{mark} {number}"
        elif one.kind == "textarea":
            value = f"{mark} {number}\nand <b>more</b> ” é"
        elif one.kind == "email":
            value = f"{mark}{number}@example.com"
        elif one.kind == "select":
            value = one.options[-1] if one.options else ""
        elif one.kind == "off":
            # Boxes that nobody has ticked are ticked; of radio buttons the last one wins.
            value = one.value
        if one.kind != "file":
            sent.append((one.name, value))
    return sent + [button for button in form.buttons[:1] if button[0]]


def completed(form: Form, mark: str) -> list[tuple[str, str]]:
    """The form with what it demands, and with something in it that is not stored yet."""
    guesses = {"html_template": f"<p>{mark}</p>", "attributes": "plan: pro"}
    if "domains" in form.action:
        guesses["name"] = f"d{mark}.com"
    alone = [one.kind for one in form.controls if one.kind != "hidden"] == ["select"]
    sent, fresh = [], False
    for one in form.controls:
        value = one.value
        if one.kind == "email" and one.required and not value:
            value = f"{mark}@example.com"
        elif one.pattern and one.required:
            value = one.pattern.replace("\\", "")
        elif one.name in guesses and not value:
            value = guesses[one.name]
        elif one.kind == "text" and not fresh and "." not in one.name:
            value, fresh = mark, True
        elif one.required and not value:
            value = mark
        elif one.kind == "select" and alone:
            value = next(other for other in one.options if other != one.value)
        if one.kind not in {"off", "file"}:
            sent.append((one.name, value))
    return sent + [button for button in form.buttons[:1] if button[0]]


async def pressed(visitor: Visitor, page: str, **fields: str) -> list[httpx.Response]:
    """The answers to a page's own form that is sent twice at once, and a third time."""
    form = next(one for one in forms_of(await visitor.get(page)) if one.action == page)
    sent = dict(form.values()) | fields

    async def send() -> httpx.Response:
        return await visitor.http.post(form.action, data=sent)

    return [*await asyncio.gather(send(), send()), await send()]
