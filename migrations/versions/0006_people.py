"""Invitations to a team, keys that expire, a checklist that was put away, the audit log by subject.

Revision: 0006
"""

import sqlalchemy as sa
from alembic import op

from tenantcrm.isolation import isolate

revision = "0006"
down_revision = "0005"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table, the columns and the index."""
    op.create_table(
        "invites",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("stamp", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_invites")),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.id"], name=op.f("fk_invites_tenant_id")),
        sa.UniqueConstraint("tenant_id", "email_key", name=op.f("uq_invites_tenant_id_email_key")),
        sa.UniqueConstraint("id", name=op.f("uq_invites_id")),
        sa.CheckConstraint(
            "role IN ('owner', 'admin', 'editor', 'viewer')", name=op.f("ck_invites_role")
        ),
    )
    isolate("invites")
    op.add_column("api_keys", sa.Column("expires_at", MOMENT, nullable=True))
    op.add_column("tenants", sa.Column("setup_hidden_at", MOMENT, nullable=True))
    op.create_index("ix_audit_entries_kind", "audit_entries", ["tenant_id", "subject", "at", "id"])
