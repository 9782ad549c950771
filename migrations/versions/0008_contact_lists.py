"""Lists of contacts: by address and by name, and the attributes that can be picked from.

Revision: 0008
"""

import sqlalchemy as sa
from alembic import op

from tenantcrm.isolation import isolate

revision = "0008"
down_revision = "0007"

# The same rule as for new values, but for days that no calendar has: what is wrong here only makes
# a filter's form offer dates as well.
KNOWN = """
INSERT INTO known_attributes (tenant_id, name, kind)
SELECT tenant_id, name, kind FROM (
  SELECT tenant_id, name, kind, dense_rank() OVER (PARTITION BY tenant_id ORDER BY name) AS place
  FROM (
    SELECT DISTINCT c.tenant_id, a.key AS name,
      CASE jsonb_typeof(a.value)
        WHEN 'number' THEN 'number'
        WHEN 'boolean' THEN 'boolean'
        ELSE CASE WHEN a.value #>> '{}' ~ '^[0-9]{4}-[01][0-9]-[0-3][0-9]([Tt ][0-9].*)?$'
             THEN 'date' ELSE 'text' END
      END AS kind
    FROM contacts c CROSS JOIN LATERAL jsonb_each(c.attributes) AS a
    WHERE jsonb_typeof(a.value) <> 'null'
  ) AS used
) AS placed WHERE place <= 1000
"""


def upgrade() -> None:
    """A table of names; addresses sorted by code point; names folded, in an index."""
    op.create_table(
        "known_attributes",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('text', 'number', 'date', 'boolean')", name=op.f("ck_known_attributes_kind")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_known_attributes_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "name", "kind", name=op.f("pk_known_attributes")),
    )
    op.execute("ALTER TABLE contacts NO FORCE ROW LEVEL SECURITY")
    op.execute(KNOWN)
    op.execute("ALTER TABLE contacts FORCE ROW LEVEL SECURITY")
    isolate("known_attributes")
    # By code point a beginning is a range, which the unique index serves whatever the database's
    # own collation is; LIKE is not leakproof, so that under row-level security no index serves it.
    op.execute('ALTER TABLE contacts ALTER COLUMN email_key TYPE text COLLATE "C"')
    op.execute(
        'ALTER TABLE contacts ADD COLUMN name_key text COLLATE "C" '
        "GENERATED ALWAYS AS (lower(name)) STORED"
    )
    op.create_index("ix_contacts_name", "contacts", ["tenant_id", "mode", "name_key", "id"])
