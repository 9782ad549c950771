"""Recipients: an hour to undo an unsubscription, pauses, the language of a tenant's recipients.

Revision: 0007
"""

import sqlalchemy as sa
from alembic import op

from tenantcrm.isolation import isolate

revision = "0007"
down_revision = "0006"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add what is new; every contact goes on as it is."""
    op.add_column("contacts", sa.Column("paused_until", MOMENT, nullable=True))
    op.add_column("tenants", sa.Column("language", sa.Text(), server_default="en", nullable=False))
    op.create_table(
        "departures",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("email_hash", sa.LargeBinary(), nullable=False),
        sa.Column("departed_at", MOMENT, nullable=False),
        sa.Column("undo_until", MOMENT, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("mode IN ('live', 'test')", name=op.f("ck_departures_mode")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_departures_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_departures")),
    )
    op.create_index(
        "ix_departures_address", "departures", ["tenant_id", "mode", "email_hash"], unique=False
    )
    op.create_index("ix_departures_undo_until", "departures", ["undo_until"], unique=False)
    isolate("departures")


def downgrade() -> None:
    """Migrations only go forward."""
    raise NotImplementedError
