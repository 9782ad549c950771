"""Read a posted form: text fields alone, trimmed of nothing."""

import re
from collections.abc import Callable
from typing import Any

from litestar.datastructures import UploadFile

from tenantcrm.errors import FieldError, InvalidError
from tenantcrm.web.dependencies import AnyRequest

_WHOLE = re.compile(r"[0-9]{1,9}")


class Form(dict[str, str]):
    """The fields of a form; a field that was not sent is the empty text."""

    def __missing__(self, _name: str) -> str:
        """Nothing was sent."""
        return ""

    def values(self, *names: str) -> dict[str, str]:  # type: ignore[override] # a form is read by name
        """These fields, to show a refused form again with what was typed."""
        return {name: self[name] for name in names}

    def whole(self, name: str) -> int | None:
        """The whole number in a field; None when something else, or a very long one, is there."""
        text = self[name].strip()
        return int(text) if _WHOLE.fullmatch(text) else None


def check_all(*checks: Callable[[], object]) -> None:
    """Make every check of a form, so that one answer names all that is wrong.

    Raises:
        InvalidError: with the faults of every check that found some.
    """
    faults: list[FieldError] = []
    for check in checks:
        try:
            check()
        except InvalidError as fault:
            faults.extend(fault.errors)
    if faults:
        raise InvalidError(faults)


async def read_form(request: AnyRequest) -> Form:
    """The request's form.

    Raises:
        InvalidError: a field is a file, or holds a NUL character (PostgreSQL takes none).
    """
    sent: Any = await request.form()
    form = Form()
    for name, value in sent.items():
        if isinstance(value, UploadFile) or not isinstance(value, str):
            raise InvalidError.of(f"/{name}", "invalid_type", f"{name} is text, once")
        if "\x00" in value:
            raise InvalidError.of(f"/{name}", "invalid_text", f"{name} holds a NUL character")
        form[name] = value.replace("\r\n", "\n")
    return form
