"""Row-level security for a table, in one place: every migration that makes a table calls this."""

from alembic import op

BOUND = "nullif(current_setting('app.tenant_id', true), '')::uuid"
"""The bound tenant; NULL, which equals nothing, where none is bound."""


def isolate(table: str, column: str = "tenant_id") -> None:
    """Show and take only the bound tenant's rows of ``table``, also to its owner."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY tenant_isolation ON {table} "
        f"USING ({column} = {BOUND}) WITH CHECK ({column} = {BOUND})"
    )
