"""The refusals of SES v2, with the names and statuses of its API.

Source: the error shapes of the service ``sesv2``, API version 2019-09-27.
"""


class SesError(Exception):
    """Base of every refusal. ``kind``: the wire name; ``status``: the HTTP status."""

    kind = "BadRequestException"
    status = 400

    def __init__(self, message: str) -> None:
        """Keep SES's words."""
        super().__init__(message)
        self.message = message


class BadRequestError(SesError):
    """The input is not valid."""


class AlreadyExistsError(SesError):
    """The resource is there already."""

    kind = "AlreadyExistsException"


class NotFoundError(SesError):
    """The resource is not there."""

    kind = "NotFoundException"
    status = 404


class MessageRejectedError(SesError):
    """This message will never be sent."""

    kind = "MessageRejected"


class SendingPausedError(SesError):
    """The account may not send at present."""

    kind = "SendingPausedException"


class AccountSuspendedError(SesError):
    """The account may never send again."""

    kind = "AccountSuspendedException"


class MailFromNotVerifiedError(SesError):
    """The MAIL FROM domain of the sender has no MX record, and its owner wants no other."""

    kind = "MailFromDomainNotVerifiedException"


class LimitExceededError(SesError):
    """More of a kind than SES allows."""

    kind = "LimitExceededException"


class TooManyRequestsError(SesError):
    """Over the rate or the daily quota."""

    kind = "TooManyRequestsException"
    status = 429
    daily = False


class DailyQuotaError(TooManyRequestsError):
    """Over the daily quota."""

    daily = True


class UnknownOperationError(SesError):
    """No such operation, as AWS answers for a path that no operation has."""

    kind = "UnknownOperationException"
    status = 404


class InternalServiceError(SesError):
    """The simulator itself failed; whether the request took effect is not known."""

    kind = "InternalServiceErrorException"
    status = 500
