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
