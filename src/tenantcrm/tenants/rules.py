"""Rules of tenants and people: pure functions, no I/O."""

from functools import cache
from zoneinfo import available_timezones

from tenantcrm.errors import FieldError, InvalidError
from tenantcrm.tenants.models import Role
from tenantcrm.tenants.scopes import SCOPES

PASSWORD_MINIMUM, PASSWORD_MAXIMUM = 10, 200
NAME_MAXIMUM = 200
ADDRESS_MAXIMUM = 500
ACTIONS: dict[Role, frozenset[str]] = {
    Role.VIEWER: frozenset({"read"}),
    Role.EDITOR: frozenset({"read", "edit"}),
    Role.ADMIN: frozenset({"read", "edit", "keys", "settings"}),
    Role.OWNER: frozenset({"read", "edit", "keys", "settings", "owners"}),
}
"""What each role may do: the one table that pages and API ask."""
COMMON = frozenset(
    {
        "password12", "password123", "passwordpassword", "1234567890", "0123456789", "12345678901",
        "qwertyuiop", "qwertyuiop1", "iloveyou12", "letmein123", "welcome123", "administrator",
        "adminadmin", "changeme123", "1q2w3e4r5t", "1qaz2wsx3edc", "abc1234567", "abcdefghij",
    }
)  # fmt: skip


def may(role: Role, action: str) -> bool:
    """Whether a role may do an action of :data:`ACTIONS`."""
    return action in ACTIONS[role]


def check_password(password: str, *, pointer: str = "/password", email: str = "") -> None:
    """Refuse passwords that are guessed first (NIST SP 800-63B, 5.1.1.2: length, common ones).

    Raises:
        InvalidError: it is short, very long, common, or the address itself.
    """
    words = None
    if len(password) < PASSWORD_MINIMUM:
        words = f"A password has at least {PASSWORD_MINIMUM} characters"
    elif len(password) > PASSWORD_MAXIMUM:
        words = f"A password has at most {PASSWORD_MAXIMUM} characters"
    elif password.casefold() in COMMON or len(set(password)) == 1:
        words = "This password is among those that are guessed first; choose another"
    elif email and password.casefold() == email.casefold():
        words = "The password must not be your address"
    if words:
        raise InvalidError.of(pointer, "weak_password", words)


def check_name(name: str, *, pointer: str = "/name", what: str = "A name") -> str:
    """The trimmed name.

    Raises:
        InvalidError: it is empty, too long, or holds control characters.
    """
    name = name.strip()
    if not name:
        raise InvalidError.of(pointer, "required", f"{what} is needed")
    if len(name) > NAME_MAXIMUM:
        raise InvalidError.of(
            pointer,
            "too_long",
            f"{what} has at most {NAME_MAXIMUM} characters; this has {len(name)}",
        )
    if not name.isprintable():
        raise InvalidError.of(
            pointer, "invalid_text", f"{what} is one line without control characters"
        )
    return name


def check_postal_address(text: str, *, pointer: str = "/postal_address") -> str:
    """The trimmed address, which may have lines; empty is allowed (activation asks for it).

    Raises:
        InvalidError: it is too long or holds control characters other than line ends.
    """
    text = "\n".join(line.strip() for line in text.strip().splitlines() if line.strip())
    if len(text) > ADDRESS_MAXIMUM:
        raise InvalidError.of(
            pointer, "too_long", f"A postal address has at most {ADDRESS_MAXIMUM} characters"
        )
    if not text.replace("\n", "").isprintable():
        raise InvalidError.of(pointer, "invalid_text", "A postal address is plain text")
    return text


@cache
def zone_names() -> frozenset[str]:
    """Every zone of the IANA database; without the names that are no place."""
    return frozenset(available_timezones()) - {"localtime", "Factory"}


def check_timezone(name: str, *, pointer: str = "/timezone") -> str:
    """The zone's name.

    Raises:
        InvalidError: the IANA database has no such zone.
    """
    if name not in zone_names():
        raise InvalidError.of(
            pointer,
            "unknown_timezone",
            f"{name[:60]!r} is not a time zone; expected an IANA name such as Europe/London",
        )
    return name


def check_scopes(scopes: list[str], *, pointer: str = "/scopes") -> list[str]:
    """The scopes in their usual order, each once.

    Raises:
        InvalidError: one is unknown, or there are none.
    """
    faults = [
        FieldError(
            f"{pointer}/{n}", "unknown_scope", f"{s[:60]!r} is not one of {', '.join(SCOPES)}"
        )
        for n, s in enumerate(scopes)
        if s not in SCOPES
    ]
    if not scopes:
        faults = [FieldError(pointer, "required", f"Choose at least one of {', '.join(SCOPES)}")]
    if faults:
        raise InvalidError(faults)
    return [scope for scope in SCOPES if scope in scopes]
