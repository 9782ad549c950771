"""Rules of tenants and people: pure functions, no I/O."""

from functools import cache
from zoneinfo import available_timezones

from tenantcrm import languages
from tenantcrm.errors import FieldError, InvalidError
from tenantcrm.tenants.models import Role
from tenantcrm.tenants.scopes import SCOPES

PASSWORD_MINIMUM, PASSWORD_MAXIMUM = 10, 200
NAME_MAXIMUM = 200
ADDRESS_MAXIMUM = 500
READ = "read"
_READ = frozenset({READ, "contacts.read", "campaigns.read", "reports.read"})
_EDIT = _READ | {
    "contacts.edit", "contacts.import", "contacts.export", "contacts.bulk",
    "campaigns.edit", "campaigns.activate", "sends.resend",
}  # fmt: skip
_RUN = _EDIT | {"keys", "settings", "domains", "team", "audit"}
ACTIONS: dict[Role, frozenset[str]] = {
    Role.VIEWER: _READ,
    Role.EDITOR: _EDIT,
    Role.ADMIN: _RUN,
    Role.OWNER: _RUN | {"owners"},
}
"""What each role may do: the one table that pages and API ask."""
SCOPE_ACTIONS: dict[str, tuple[str, ...]] = {
    "contacts:read": ("contacts.read",),
    "contacts:write": ("contacts.edit", "contacts.import"),
    "campaigns:read": ("campaigns.read",),
    "campaigns:write": ("campaigns.edit", "campaigns.activate"),
    "reports:read": ("reports.read",),
}
"""What each scope lets a key do, in the same words; the first is what a call does that names none.
A key never does what keeps the account: keys, settings, domains and the team are people's."""
REASON_MAXIMUM = 500
CAP_MAILS_MOST, CAP_DAYS_MOST = 100, 90
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


def key_may(scopes: frozenset[str], action: str) -> bool:
    """Whether a key with these scopes may do an action of :data:`SCOPE_ACTIONS`."""
    return any(action in SCOPE_ACTIONS.get(scope, ()) for scope in scopes)


def may_set_role(by: Role, *, old: Role | None, new: Role | None) -> bool:
    """Whether ``by`` may turn a member's role into another; None: outside of the team.

    Only an owner makes an owner, and only an owner touches one.
    """
    return may(by, "owners" if Role.OWNER in (old, new) else "team")


def check_role(text: str, *, pointer: str = "/role") -> Role:
    """The role.

    Raises:
        InvalidError: there is no such role.
    """
    try:
        return Role(text)
    except ValueError:
        raise InvalidError.of(
            pointer, "invalid_value", f"Expected one of {', '.join(Role)}"
        ) from None


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


def check_language(code: str, *, pointer: str = "/language") -> str:
    """The language, of those that there are words for.

    Raises:
        InvalidError: there are none for it.
    """
    if code not in languages.CODES:
        known = ", ".join(languages.CODES)
        raise InvalidError.of(pointer, "unknown_language", f"The language is one of {known}")
    return code


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


def check_reason(text: str, *, pointer: str = "/reason") -> str:
    """The trimmed reason.

    Raises:
        InvalidError: there is none, or a very long one.
    """
    text = text.strip()
    if not text or len(text) > REASON_MAXIMUM:
        raise InvalidError.of(
            pointer, "required", f"A reason of 1 to {REASON_MAXIMUM} characters is needed"
        )
    return text


def check_frequency_cap(mails: int | None, days: int | None) -> None:
    """Check a cap of so many mails of campaigns to one contact in so many days; None: no cap.

    Raises:
        InvalidError: one is given without the other, or out of its range.
    """
    faults = []
    if mails is None and days is not None:
        faults.append(FieldError("/cap_mails", "required", "How many mails in that many days?"))
    if days is None and mails is not None:
        faults.append(FieldError("/cap_days", "required", "In how many days?"))
    if mails is not None and not 1 <= mails <= CAP_MAILS_MOST:
        words = f"Expected a whole number from 1 to {CAP_MAILS_MOST}"
        faults.append(FieldError("/cap_mails", "out_of_range", words))
    if days is not None and not 1 <= days <= CAP_DAYS_MOST:
        words = f"Expected a whole number from 1 to {CAP_DAYS_MOST}"
        faults.append(FieldError("/cap_days", "out_of_range", words))
    if faults:
        raise InvalidError(faults)
