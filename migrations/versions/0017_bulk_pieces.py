"""A bulk action acts on those who were counted, whose ids are written down when it begins.

Revision: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenantcrm.isolation import isolate

revision = "0017"
down_revision = "0016"

# Whom these were begun for is not known any more.
STOP = """
UPDATE bulk_actions SET state = 'failed', ended_at = now(),
  fault = 'An update stopped it. What was done stays done; begin it again for the rest.'
WHERE state = 'running' AND contact_ids IS NULL
"""


def upgrade() -> None:
    """A table of ids in pieces, in place of a bound."""
    op.create_table(
        "bulk_pieces",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("bulk_id", sa.Uuid(), nullable=False),
        sa.Column("last_id", sa.Uuid(), nullable=False),
        sa.Column("contact_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "bulk_id"],
            ["bulk_actions.tenant_id", "bulk_actions.id"],
            name=op.f("fk_bulk_pieces_tenant_id_bulk_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "bulk_id", "last_id", name=op.f("pk_bulk_pieces")),
    )
    isolate("bulk_pieces")
    for table in ("bulk_actions", "bulk_jobs"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(STOP)
    op.execute(
        "DELETE FROM bulk_jobs j USING bulk_actions a "
        "WHERE a.tenant_id = j.tenant_id AND a.id = j.bulk_id AND a.state <> 'running'"
    )
    for table in ("bulk_actions", "bulk_jobs"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.drop_column("bulk_actions", "until_id")
