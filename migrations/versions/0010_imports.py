"""Imports of contacts: the file in pieces, how far a worker is, the rows that were refused.

Revision: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenantcrm.isolation import isolate

revision = "0010"
down_revision = "0009"

MOMENT = sa.DateTime(timezone=True)
STATES = (
    "'uploading', 'mapping', 'checking', 'checked', 'importing', 'finished', 'failed', 'cancelled'"
)


def upgrade() -> None:
    _imports()
    _chunks()
    _faults()
    op.create_table(
        "import_jobs",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("run_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["contact_imports.tenant_id", "contact_imports.id"],
            name=op.f("fk_import_jobs_tenant_id_import_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "import_id", name=op.f("pk_import_jobs")),
    )
    op.create_index("ix_import_jobs_run_at", "import_jobs", ["run_at"], unique=False)
    op.add_column(
        "campaigns",
        sa.Column("keeps_out", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    for table in ("contact_imports", "import_chunks", "import_faults", "import_jobs"):
        isolate(table)


def _imports() -> None:
    counts = ("rows", "created", "updated", "unchanged", "refused", "not_mailable", "fence")
    op.create_table(
        "contact_imports",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("enter_campaigns", sa.Boolean(), nullable=False),
        sa.Column("by_itself", sa.Boolean(), nullable=False),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("layout", postgresql.JSONB(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("position", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("done_row", sa.Integer(), nullable=False, server_default=sa.text("0")),
        *(sa.Column(n, sa.Integer(), nullable=False, server_default=sa.text("0")) for n in counts),
        sa.Column("checked", postgresql.JSONB(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=False, server_default=""),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_contact_imports_state")),
        sa.CheckConstraint("mode IN ('live', 'test')", name=op.f("ck_contact_imports_mode")),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_contact_imports_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_contact_imports")),
    )


def _chunks() -> None:
    op.create_table(
        "import_chunks",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["contact_imports.tenant_id", "contact_imports.id"],
            name=op.f("fk_import_chunks_tenant_id_import_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "import_id", "number", name=op.f("pk_import_chunks")),
    )
    # A megabyte at a time, read once: compressing would cost more than it saves.
    op.execute("ALTER TABLE import_chunks ALTER COLUMN data SET STORAGE EXTERNAL")


def _faults() -> None:
    op.create_table(
        "import_faults",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("cells", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["contact_imports.tenant_id", "contact_imports.id"],
            name=op.f("fk_import_faults_tenant_id_import_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "import_id", "row", name=op.f("pk_import_faults")),
    )
