"""Tables of tenants and people. All but users and operators are also readable by their tenant."""

from tenantcrm.tenants.models.audit import AuditEntry
from tenantcrm.tenants.models.keys import ApiKey, IdempotentResponse, Mode
from tenantcrm.tenants.models.people import Invite, Membership, Operator, OperatorAction, Role, User
from tenantcrm.tenants.models.tenants import (
    Installation,
    Standing,
    Tenant,
    TenantState,
    TenantStats,
)

__all__ = [
    "ApiKey",
    "AuditEntry",
    "IdempotentResponse",
    "Installation",
    "Invite",
    "Membership",
    "Mode",
    "Operator",
    "OperatorAction",
    "Role",
    "Standing",
    "Tenant",
    "TenantState",
    "TenantStats",
    "User",
]
