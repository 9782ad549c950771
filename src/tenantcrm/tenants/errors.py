"""What tenants and people are refused, and why."""

from tenantcrm.errors import ConflictError, ForbiddenError, InvalidError, TenantCrmError


class InvalidKeyError(TenantCrmError):
    """No such key, or revoked: the two are never told apart."""

    status, code, title = 401, "invalid_key", "The API key is not valid"

    def __init__(self, detail: str = "") -> None:
        """Name the scheme that is expected (RFC 6750, 3)."""
        super().__init__(detail or "Send a valid key as 'Authorization: Bearer tcrm_live_…'")
        self.headers = {"WWW-Authenticate": 'Bearer realm="tenantcrm"'}


class MissingScopeError(ForbiddenError):
    """The key may not do this; the scope that it lacks is named."""

    code, title = "missing_scope", "The key lacks a scope"

    def __init__(self, scope: str) -> None:
        """Name the scope."""
        super().__init__(f"This call needs the scope {scope}", scope=scope)


class TenantSuspendedError(ForbiddenError):
    """An operator has suspended the tenant."""

    code, title = "tenant_suspended", "The account is suspended"

    def __init__(self, reason: str) -> None:
        """Tell the operator's reason."""
        super().__init__(f"This account is suspended: {reason}", reason=reason)


class SignInRefusedError(TenantCrmError):
    """Address or password are wrong: which of the two is not told."""

    status, code, title = 422, "sign_in_refused", "Address or password are wrong"


class KeyReplacedError(ConflictError):
    """The key was replaced by another already."""

    code, title = "key_replaced", "This key was replaced already"


class KeyMadeError(ConflictError):
    """The form was sent twice: the key is there, and its text was shown the first time."""

    code, title = "key_made", "This key was made already; its text was shown that once"


class NoTeamError(TenantCrmError):
    """Address and password are right, but the person belongs to no tenant any more."""

    status, code, title = 422, "no_team", "You belong to no team any more"


class LastOwnerError(ConflictError):
    """A tenant has an owner at all times."""

    code = "last_owner"
    title = "An account needs an owner: make somebody else one first"


class StaleLinkError(TenantCrmError):
    """A link of ours that is used up, too old, or never was one."""

    status, code, title = 404, "stale_link", "This link is no longer valid"


class EmailTakenError(InvalidError):
    """Somebody with this address is here already."""

    code = "email_taken"
