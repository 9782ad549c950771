"""What other parts of the house learn about tenants, keys and people."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from msgspec import Struct

from tenantcrm.tenants.models import Mode, Role, Standing, Tenant, TenantState


class TenantFacts(Struct, frozen=True, kw_only=True):
    """What a request or job knows of its tenant.

    ``send_rate``: mails a second. ``daily_cap``: mails of campaigns in 24 hours; None: no cap of
    its own. ``warm_up_from``: the first day of its ramp; None: there is none. ``cap_mails`` in any
    ``cap_days`` days: mails of campaigns to one contact; None: as many as there are.
    """

    id: UUID
    name: str
    timezone: str
    postal_address: str
    sender_name: str
    sender_email: str
    state: str
    suspended_reason: str
    suspended_at: datetime | None
    salt: bytes
    send_rate: float
    ses_tenant: str | None = None
    daily_cap: int | None = None
    warm_up_from: date | None = None
    standing: str = Standing.GOOD
    standing_reason: str = ""
    cap_mails: int | None = None
    cap_days: int | None = None
    setup_hidden_at: datetime | None = None
    language: str = "en"

    @classmethod
    def of(cls, tenant: Tenant) -> "TenantFacts":
        """The facts of a row."""
        return cls(**{name: getattr(tenant, name) for name in cls.__struct_fields__})

    @property
    def suspended(self) -> bool:
        """Whether an operator has suspended the tenant."""
        return self.state == TenantState.SUSPENDED

    @property
    def paused(self) -> bool:
        """Whether bounces or complaints have stopped the tenant's campaigns."""
        return self.standing == Standing.PAUSED


class KeyIdentity(Struct, frozen=True, kw_only=True):
    """Whose key a request carries, and what it may do."""

    key_id: UUID
    name: str
    mode: Mode
    scopes: frozenset[str]
    tenant: TenantFacts
    expires_at: datetime | None = None


class KeyRow(Struct, frozen=True, kw_only=True):
    """An API key as it is shown: never the key itself."""

    id: UUID
    name: str
    prefix: str
    last_four: str
    mode: str
    scopes: list[str]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    expires_at: datetime | None

    def state(self, now: datetime) -> str:
        """``active``, ``replaced`` (it works until it expires), ``expired`` or ``revoked``."""
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at is None:
            return "active"
        return "replaced" if now < self.expires_at else "expired"


class NewKey(Struct, frozen=True, kw_only=True):
    """A key that was just made: ``key`` is shown this once."""

    id: UUID
    key: str


class Person(Struct, frozen=True, kw_only=True):
    """Who is signed in, in which tenant, as what."""

    user_id: UUID
    email: str
    name: str
    email_verified: bool
    role: Role
    tenant: TenantFacts
    tenants: tuple["OwnTenant", ...] = ()
    """Every tenant that they belong to, this one among them."""

    @property
    def actor(self) -> str:
        """Who does it, as activities and the audit log name it."""
        return f"user:{self.user_id.hex}"


class OwnTenant(Struct, frozen=True, kw_only=True):
    """A tenant that somebody belongs to."""

    id: UUID
    name: str


class Member(Struct, frozen=True, kw_only=True):
    """Somebody in a team. ``name``: empty until they have given one."""

    user_id: UUID
    email: str
    email_key: str
    name: str
    role: Role
    since: datetime
    email_verified: bool


class InviteRow(Struct, frozen=True, kw_only=True):
    """An invitation as the team's page shows it."""

    id: UUID
    email: str
    role: Role
    created_at: datetime
    expires_at: datetime
    expired: bool


class Invitation(Struct, frozen=True, kw_only=True):
    """An invitation as its link leads to it. ``stamp``: what the newest link is bound to."""

    id: UUID
    tenant_id: UUID
    tenant_name: str
    email: str
    email_key: str
    role: Role
    invited_by: str
    stamp: bytes


class AuditFilter(Struct, frozen=True, kw_only=True):
    """Which entries of the audit log; what is left empty does not matter.

    ``since`` is the first moment, ``until`` the first that is too late.
    """

    actor: str = ""
    subject: str = ""
    subject_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditRow(Struct, frozen=True, kw_only=True):
    """One change: ``changes`` is field to [before, after]."""

    id: UUID
    at: datetime
    actor: str
    action: str
    subject: str
    subject_id: UUID | None
    name: str
    changes: dict[str, Any]


class Allowances(Struct, frozen=True, kw_only=True):
    """How much a tenant may send: mails a second, mails of campaigns in 24 hours (None: no cap),
    and the first day of its ramp (None: no ramp).
    """

    send_rate: float
    daily_cap: int | None
    warm_up_from: date | None


class TenantRow(Struct, frozen=True, kw_only=True):
    """A tenant as the operator sees it: counts without content."""

    id: UUID
    name: str
    owner_email: str
    state: str
    suspended_reason: str
    suspended_at: datetime | None
    created_at: datetime
    send_rate: float
    daily_cap: int | None
    warm_up_from: date | None
    standing: str
    standing_reason: str
    standing_since: datetime | None
    forgiven_at: datetime | None
    contacts: int
    campaigns: int
    active_campaigns: int
    sent: int
    sent_last_day: int
    pending: int
    failed: int
    unknown: int
    counted_at: datetime | None
