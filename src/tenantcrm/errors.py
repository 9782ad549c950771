"""Expected refusals. Each knows its HTTP status and its stable code; none pages anybody."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with an input: a JSON pointer (RFC 6901), a code, and words for a person."""

    pointer: str
    code: str
    message: str


class TenantCrmError(Exception):
    """Base of every expected refusal. ``status``: HTTP status; ``code``: stable machine word."""

    status = 400
    code = "bad_request"
    title = "Bad request"

    def __init__(self, detail: str = "", **extra: object) -> None:
        """Keep words for a person, and facts (``extra``) that a client may read beside them."""
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.extra = extra
        self.headers: dict[str, str] = {}


class NotFoundError(TenantCrmError):
    """It does not exist, or is another tenant's: the two are never told apart."""

    status, code, title = 404, "not_found", "Not found"


class ConflictError(TenantCrmError):
    """The state of things forbids it."""

    status, code, title = 409, "conflict", "Conflict"


class EditConflictError(ConflictError):
    """Somebody saved in between."""

    code, title = "edit_conflict", "Somebody else changed this in the meantime"


class ForbiddenError(TenantCrmError):
    """Known, but not allowed."""

    status, code, title = 403, "forbidden", "Not allowed"


class InvalidError(TenantCrmError):
    """Understood, and not acceptable: 422 with one entry per fault."""

    status, code, title = 422, "invalid", "The request is not valid"

    def __init__(self, errors: list[FieldError], detail: str = "") -> None:
        """Keep every fault, so that one answer names them all."""
        super().__init__(detail or "; ".join(e.message for e in errors))
        self.errors = errors

    @classmethod
    def of(cls, pointer: str, code: str, message: str) -> "InvalidError":
        """An error with one fault."""
        return cls([FieldError(pointer, code, message)])


class TooManyRequestsError(TenantCrmError):
    """Too much at once; ``retry_after`` in seconds."""

    status, code, title = 429, "rate_limited", "Too many requests"

    def __init__(self, retry_after: int, detail: str = "") -> None:
        """Say when to come back, in the header that clients read (RFC 9110, 10.2.3)."""
        super().__init__(detail or f"Too many requests; try again in {retry_after} s")
        self.headers = {"Retry-After": str(retry_after)}


class ConfigurationError(Exception):
    """The process cannot start as it is set up; the message is one line for the operator."""
