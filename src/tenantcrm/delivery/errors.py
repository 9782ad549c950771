"""What delivery refuses, and why."""

from tenantcrm.errors import ConflictError, NotFoundError


class NoSenderError(ConflictError):
    """There is no address to send from."""

    code, title = "no_sender", "Name a sender first, in the campaign or in the settings"


class GoneError(NotFoundError):
    """What a mail was to be made from is not there any more."""

    code = "gone"


class UnverifiedSenderError(ConflictError):
    """The mail service does not send from this address yet."""

    code, title = "unverified_sender", "The sender is not verified"


class NotResendableError(ConflictError):
    """Nothing says that SES did not take the mail."""

    code, title = "not_resendable", "SES may have taken this mail, so it is not sent again"


class NotUnknownError(ConflictError):
    """What became of the mail is known: nobody has to say it."""

    code, title = "not_unknown", "What became of this mail is known"

    def __init__(self, state: str) -> None:
        """``state``: the one that it is in."""
        super().__init__(f"This mail is {state}: only unknown ones can be resolved")
