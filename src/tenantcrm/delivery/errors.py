"""What delivery refuses, and why."""

from tenantcrm.errors import ConflictError


class NoSenderError(ConflictError):
    """There is no address to send from."""

    code, title = "no_sender", "Name a sender first, in the campaign or in the settings"
