"""What is refused of the notices that come in, and why."""

from tenantcrm.errors import ForbiddenError, TenantCrmError


class RefusedNoticeError(ForbiddenError):
    """It is not proved to be from a topic of ours. ``reason``: a word for the log alone."""

    code, title = "refused_notice", "The notice is not accepted"

    def __init__(self, reason: str) -> None:
        """Whoever sent it is told nothing but that."""
        super().__init__()
        self.reason = reason


class CertificateAwayError(TenantCrmError):
    """The certificate cannot be had at this moment: SNS is to try again."""

    status, code, title = 503, "unavailable", "Not available just now"
