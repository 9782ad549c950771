"""Refused rows of imports, and answers kept to be given again, know whose they are.

Rows that were refused before this know nobody; they go after their 30 days, as they would have.

Revision: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """A column and a partial index on each."""
    op.add_column("import_faults", sa.Column("email_hash", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_import_faults_email_hash",
        "import_faults",
        ["tenant_id", "email_hash"],
        postgresql_where=sa.text("email_hash IS NOT NULL"),
    )
    op.add_column("idempotent_responses", sa.Column("contact_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_idempotent_responses_contact",
        "idempotent_responses",
        ["tenant_id", "contact_id"],
        postgresql_where=sa.text("contact_id IS NOT NULL"),
    )
