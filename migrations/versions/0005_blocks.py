"""Messages may be made of blocks.

Revision: 0005
"""

from alembic import op

revision = "0005"
down_revision = "0004"

KNOWN = "'html', 'mjml', 'markdown', 'blocks'"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_messages_format"), "messages", type_="check")
    # Every stored row was within the narrower rule: the table need not be read.
    op.execute(
        f"ALTER TABLE messages ADD CONSTRAINT ck_messages_format CHECK (format IN ({KNOWN}))"
        " NOT VALID"
    )
    op.execute("ALTER TABLE messages VALIDATE CONSTRAINT ck_messages_format")
