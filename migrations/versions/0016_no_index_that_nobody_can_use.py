"""An index of attributes goes that no query may use, and every contact had to pay for.

Containment is no leakproof operator: beneath row-level security PostgreSQL answers it with no index.

Revision: 0016
"""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Drop it."""
    op.drop_index("ix_contacts_folded", table_name="contacts")
