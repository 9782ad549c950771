"""The refusals of SNS, by their codes. Source: the error shapes of the service ``sns``."""


class SnsError(Exception):
    """Base of every refusal. ``code``: the wire name; ``status``: the HTTP status."""

    code = "InternalError"
    status = 500

    def __init__(self, message: str) -> None:
        """Keep the words."""
        super().__init__(message)
        self.message = message


class InvalidParameterError(SnsError):
    """The input is not valid."""

    code = "InvalidParameter"
    status = 400


class TopicNotFoundError(SnsError):
    """There is no such topic."""

    code = "NotFound"
    status = 404


class InvalidActionError(SnsError):
    """The simulator knows no such operation."""

    code = "InvalidAction"
    status = 400
