"""What SES's answer to a send means for the mail, and for the mails behind it. Pure.

SES has no idempotency token. So a mail goes back into the queue only when SES certainly has not
taken it: it said no, or it was never reached. Everything else is ``unknown``.
(Amazon SES API v2, SendEmail, "Errors"; botocore.exceptions.)
"""

from enum import StrEnum

from botocore import exceptions as botocore
from msgspec import Struct

from tenantcrm.delivery.states import State

LONGEST_DETAIL = 500


class Scope(StrEnum):
    """What a refusal is about: what has to wait before the next request makes sense."""

    MAIL = "mail"
    """This mail alone."""
    SENDER = "sender"
    """Everything from this sender."""
    RATE = "rate"
    """Everything, for a moment: too fast."""
    UNREACHABLE = "unreachable"
    """Everything, for a moment: SES could not be reached."""
    QUOTA = "quota"
    """Everything, for longer: the day's quota is used up."""
    ACCOUNT = "account"
    """Everything, until somebody acts: account suspended, or not let in."""


class Outcome(Struct, frozen=True, kw_only=True):
    """Where a mail stands after its request. ``detail``: SES's words."""

    state: State
    reason: str | None = None
    detail: str | None = None
    ses_message_id: str | None = None
    scope: Scope = Scope.MAIL


REFUSALS: dict[str, tuple[State, Scope]] = {
    "TooManyRequestsException": (State.PENDING, Scope.RATE),
    "ThrottlingException": (State.PENDING, Scope.RATE),
    "Throttling": (State.PENDING, Scope.RATE),
    "LimitExceededException": (State.PENDING, Scope.QUOTA),
    "AccountSuspendedException": (State.PENDING, Scope.ACCOUNT),
    "SendingPausedException": (State.PENDING, Scope.ACCOUNT),
    "MailFromDomainNotVerifiedException": (State.PENDING, Scope.SENDER),
    "MessageRejected": (State.FAILED, Scope.MAIL),
    "BadRequestException": (State.FAILED, Scope.MAIL),
    "NotFoundException": (State.FAILED, Scope.MAIL),
}
"""SES's error codes. Any other 4xx is a refusal of the mail; 401 and 403 are ours to mend."""

_NOT_LET_IN = frozenset({401, 403})
_TOO_MANY = 429
_CLIENT_FAULTS = range(400, 500)
_NEVER_LEFT = (
    botocore.NoCredentialsError,
    botocore.PartialCredentialsError,
    botocore.CredentialRetrievalError,
    botocore.TokenRetrievalError,
    botocore.NoRegionError,
    botocore.UnknownEndpointError,
    botocore.EndpointProviderError,
    botocore.InvalidEndpointConfigurationError,
    botocore.ParamValidationError,
)
"""Raised before a request exists: the process is not set up."""


def accepted(ses_message_id: str) -> Outcome:
    """SES said yes."""
    return Outcome(state=State.SENT, ses_message_id=ses_message_id)


def refused(code: str, words: str, state: State, scope: Scope) -> Outcome:
    """SES said no, with its words."""
    return Outcome(state=state, reason=code, detail=_cut(words) or None, scope=scope)


def unanswered(words: str) -> Outcome:
    """SES may or may not have taken it."""
    return Outcome(state=State.UNKNOWN, reason="no_answer", detail=_cut(words))


def read(fault: Exception) -> Outcome:
    """What a send that raised ``fault`` has come to."""
    if isinstance(fault, botocore.ClientError):
        return _refusal(fault)
    if _never_reached(fault):
        return Outcome(
            state=State.PENDING,
            reason="unreachable",
            detail="The mail service could not be reached",
            scope=Scope.UNREACHABLE,
        )
    if isinstance(fault, _NEVER_LEFT):
        return Outcome(
            state=State.PENDING,
            reason="not_configured",
            detail=_cut(str(fault)),
            scope=Scope.ACCOUNT,
        )
    return unanswered(f"No answer came back ({type(fault).__name__})")


def _refusal(fault: botocore.ClientError) -> Outcome:
    code = str(fault.response.get("Error", {}).get("Code", ""))
    words = _cut(str(fault.response.get("Error", {}).get("Message", "")))
    status = int(fault.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if status not in _CLIENT_FAULTS:
        # A gateway may have passed the request on before it gave up.
        return unanswered(f"Answered {status} {words}".strip())
    state, scope = REFUSALS.get(code, _by_status(status))
    if scope is Scope.RATE and "daily" in words.lower():
        scope = Scope.QUOTA
    return refused(code or f"HTTP {status}", words, state, scope)


def _by_status(status: int) -> tuple[State, Scope]:
    if status in _NOT_LET_IN:
        return State.PENDING, Scope.ACCOUNT
    if status == _TOO_MANY:
        return State.PENDING, Scope.RATE
    return State.FAILED, Scope.MAIL


def _never_reached(fault: Exception) -> bool:
    """Whether no connection was made, so that nothing of the request has left.

    aiobotocore also says EndpointConnectionError when an open connection breaks, which is no
    proof; aiohttp's error inside tells the two apart.
    """
    if isinstance(fault, botocore.ConnectTimeoutError | botocore.ProxyConnectionError):
        return True
    if isinstance(fault, botocore.EndpointConnectionError | botocore.SSLError):
        # Whoever has such a fault has it of aiohttp; who has none is spared to load that.
        from aiohttp import ClientConnectorError  # noqa: PLC0415

        return isinstance(fault.kwargs.get("error"), ClientConnectorError)
    return False


def _cut(words: str) -> str:
    return words if len(words) <= LONGEST_DETAIL else words[: LONGEST_DETAIL - 1] + "…"
