"""What setting up a domain is refused with."""

from tenantcrm.errors import ConflictError, TenantCrmError

TAKEN = "Another business of this installation sends from this domain, or from one above it."


class DomainInUseError(ConflictError):
    """A campaign that is active sends from it."""

    code, title = "domain_in_use", "An active campaign sends from this domain"


class NoDomainsError(ConflictError):
    """Mail does not go through SES, so there is nothing to set up."""

    code, title = "no_domains", "This installation sends through a mail server of its operator's"


class SesAwayError(TenantCrmError):
    """SES cannot be asked, or does not let us in."""

    status, code, title = 503, "mail_service_away", "The mail service could not be asked just now"
