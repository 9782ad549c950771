"""Contacts come in without asking anew, for each, whether their tenant is there (decision 0040).

Revision: 0015
"""

from alembic import op

revision = "0015"
down_revision = "0014"

# What the key did when a tenant goes, which no role of the product may delete. It looks as that
# tenant: row-level security binds the owner too, and would show no contact at all.
KEEP = (
    """
    CREATE FUNCTION keep_tenant_of_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
      bound text := coalesce(current_setting('app.tenant_id', true), '');
      has_contacts boolean;
    BEGIN
      PERFORM set_config('app.tenant_id', OLD.id::text, true);
      has_contacts := EXISTS (SELECT FROM contacts WHERE tenant_id = OLD.id);
      PERFORM set_config('app.tenant_id', bound, true);
      IF has_contacts THEN
        RAISE foreign_key_violation USING MESSAGE = 'a tenant that has contacts is not deleted';
      END IF;
      RETURN OLD;
    END
    $$
    """,
    """
    CREATE TRIGGER keep_contacts BEFORE DELETE ON tenants
    FOR EACH ROW EXECUTE FUNCTION keep_tenant_of_contacts()
    """,
)


def upgrade() -> None:
    """A trigger in place of the key."""
    for statement in KEEP:
        op.execute(statement)
    op.drop_constraint(op.f("fk_contacts_tenant_id"), "contacts", type_="foreignkey")
