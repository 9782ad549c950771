"""A bulk action that has ended keeps neither whom it was about nor the value that it set.

Revision: 0018
"""

from alembic import op

revision = "0018"
down_revision = "0017"

FORGET = """
UPDATE bulk_actions SET filter = '', search = '', contact_ids = NULL, after_id = NULL, value = NULL
WHERE state <> 'running'
"""


def upgrade() -> None:
    """Rows alone."""
    op.execute("ALTER TABLE bulk_actions NO FORCE ROW LEVEL SECURITY")
    op.execute(FORGET)
    op.execute("ALTER TABLE bulk_actions FORCE ROW LEVEL SECURITY")
