"""The calendar: zones of contacts, days of rest, anchors, re-entry, caps, versions of campaigns.

Revision: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenantcrm.isolation import isolate

revision = "0003"
down_revision = "0002"

MOMENT = sa.DateTime(timezone=True)

# What was worked off was a day; it is an instant now, which no change of a zone moves. A zone that
# PostgreSQL does not know counts as UTC: a day that is worked off twice does nothing twice.
SCANNED_AT = """
UPDATE campaigns SET scanned_at = (scanned_through + preferred_send_time) AT TIME ZONE
  CASE WHEN timezone IN (SELECT name FROM pg_timezone_names) THEN timezone ELSE 'UTC' END
WHERE scanned_through IS NOT NULL
"""
SLUG = "coalesce(nullif(trim(both '-' from left(lower(regexp_replace({text}, '[^a-zA-Z0-9]+', '-', 'g')), 60)), ''), '{empty}')"
KEYS = (
    f"""
    UPDATE campaigns c SET key = x.slug || CASE WHEN x.n = 1 THEN '' ELSE '-' || x.n END
    FROM (
      SELECT tenant_id, id, slug, row_number() OVER (PARTITION BY tenant_id, slug ORDER BY id) AS n
      FROM (SELECT tenant_id, id, {SLUG.format(text="name", empty="campaign")} AS slug
            FROM campaigns) s
    ) x WHERE c.tenant_id = x.tenant_id AND c.id = x.id
    """,
    """
    UPDATE campaigns c SET key = c.key || '-' || substr(replace(c.id::text, '-', ''), 21)
    WHERE EXISTS (SELECT 1 FROM campaigns o
      WHERE o.tenant_id = c.tenant_id AND o.key = c.key AND o.id < c.id)
    """,
    "UPDATE messages SET key = 'day-' || send_day",
    """
    UPDATE messages m SET key = m.key || '-' || substr(replace(m.id::text, '-', ''), 21)
    WHERE EXISTS (SELECT 1 FROM messages o
      WHERE o.tenant_id = m.tenant_id AND o.campaign_id = m.campaign_id AND o.key = m.key
        AND o.id < m.id)
    """,
)
# PostgreSQL 18 makes ids of the same kind twenty times faster: a third of what an enrolment costs.
IDS = """
DO $do$ BEGIN
  IF current_setting('server_version_num')::int >= 180000 THEN
    CREATE OR REPLACE FUNCTION uuid_v7() RETURNS uuid LANGUAGE sql VOLATILE PARALLEL SAFE
      AS 'SELECT uuidv7()';
  END IF;
END $do$
"""
VERSIONS = (
    """
    INSERT INTO message_versions (tenant_id, message_id, version, campaign_id, key, subject,
      preheader, send_day, html_template, format, created_at)
    SELECT tenant_id, id, version, campaign_id, key, subject, preheader, send_day, html_template,
      format, updated_at
    FROM messages
    """,
    """
    INSERT INTO campaign_versions (tenant_id, campaign_id, version, at, actor, action, fields,
      messages)
    SELECT c.tenant_id, c.id, c.version, c.updated_at, 'system', 'kept',
      jsonb_build_object('name', c.name, 'key', c.key, 'contact_filter', c.contact_filter,
        'preferred_send_time', to_char(c.preferred_send_time, 'HH24:MI'), 'timezone', c.timezone,
        'sender_name', c.sender_name, 'sender_email', c.sender_email, 'day_zero', c.day_zero,
        'late_limit_hours', c.late_limit_hours, 'late_action', c.late_action,
        'zone_mode', c.zone_mode, 'skip_weekdays', to_jsonb(c.skip_weekdays),
        'skip_dates', to_jsonb(c.skip_dates), 'anchor', c.anchor,
        'reentry_gap_days', c.reentry_gap_days, 'exit_unmatched', c.exit_unmatched,
        'track_opens', c.track_opens, 'track_clicks', c.track_clicks),
      coalesce((SELECT jsonb_agg(jsonb_build_object('id', replace(m.id::text, '-', ''),
          'version', m.version) ORDER BY m.send_day, m.id)
        FROM messages m WHERE m.tenant_id = c.tenant_id AND m.campaign_id = c.id
          AND m.retired_at IS NULL), '[]'::jsonb)
    FROM campaigns c WHERE c.state <> 'archived'
    """,
)
# An enrolment is written by the hundred thousand, from rows of contacts that the same statement
# has locked: a foreign key would look up every one of them again. What a key does when the other
# side goes is done by these.
FOLLOW = (
    """
    CREATE FUNCTION leave_enrollments() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE enrollments e SET contact_id = NULL FROM gone
      WHERE e.tenant_id = gone.tenant_id AND e.contact_id = gone.id;
      RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER leave_enrollments AFTER DELETE ON contacts
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION leave_enrollments()
    """,
    """
    CREATE FUNCTION delete_enrollments() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      DELETE FROM enrollments e USING gone
      WHERE e.tenant_id = gone.tenant_id AND e.campaign_id = gone.id;
      RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER delete_enrollments AFTER DELETE ON campaigns
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION delete_enrollments()
    """,
)


def upgrade() -> None:
    op.execute(IDS)
    _tenants()
    _campaigns()
    _messages()
    _enrollments()
    _deliveries()
    _campaign_zones()
    _versions()
    op.create_index(
        "ix_contacts_timezone",
        "contacts",
        ["tenant_id", "timezone", "changed"],
        unique=False,
        postgresql_where=sa.text("timezone IS NOT NULL"),
    )


def _tenants() -> None:
    op.add_column("tenants", sa.Column("cap_mails", sa.Integer(), nullable=True))
    op.add_column("tenants", sa.Column("cap_days", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_tenants_frequency_cap"),
        "tenants",
        "(cap_mails IS NULL) = (cap_days IS NULL) "
        "AND cap_mails BETWEEN 1 AND 100 AND cap_days BETWEEN 1 AND 90",
    )


def _campaigns() -> None:
    for column in (
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("zone_mode", sa.Text(), nullable=False, server_default="campaign"),
        sa.Column(
            "skip_weekdays", sa.ARRAY(sa.SmallInteger()), nullable=False, server_default="{}"
        ),
        sa.Column("skip_dates", sa.ARRAY(sa.Date()), nullable=False, server_default="{}"),
        sa.Column("late_action", sa.Text(), nullable=False, server_default="skip"),
        sa.Column("anchor", sa.Text(), nullable=True),
        sa.Column("reentry_gap_days", sa.Integer(), nullable=True),
        sa.Column("exit_unmatched", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("new_only_from", MOMENT, nullable=True),
        sa.Column("scanned_at", MOMENT, nullable=True),
        sa.Column("catch_up", postgresql.JSONB(), nullable=False, server_default="[]"),
    ):
        op.add_column("campaigns", column)
    op.execute("ALTER TABLE campaigns NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE messages NO FORCE ROW LEVEL SECURITY")
    op.execute(SCANNED_AT)
    op.drop_column("campaigns", "scanned_through")
    op.add_column("messages", sa.Column("key", sa.Text(), nullable=True))
    for statement in KEYS:
        op.execute(statement)
    for table in ("campaigns", "messages"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.alter_column(table, "key", nullable=False)
    op.create_index(
        "ix_campaigns_key",
        "campaigns",
        ["tenant_id", "key"],
        unique=True,
        postgresql_where=sa.text("state <> 'archived'"),
    )
    for name, condition in (
        ("zone_mode", "zone_mode IN ('campaign', 'contact')"),
        ("late_action", "late_action IN ('skip', 'send')"),
        ("reentry_gap_days", "reentry_gap_days BETWEEN 1 AND 3650"),
    ):
        op.create_check_constraint(op.f(f"ck_campaigns_{name}"), "campaigns", condition)


def _messages() -> None:
    op.drop_constraint(op.f("ck_messages_send_day"), "messages", type_="check")
    op.create_check_constraint(
        op.f("ck_messages_send_day"), "messages", "send_day BETWEEN -3650 AND 3650"
    )
    op.create_index(
        "ix_messages_key",
        "messages",
        ["tenant_id", "campaign_id", "key"],
        unique=True,
        postgresql_where=sa.text("retired_at IS NULL"),
    )


def _enrollments() -> None:
    for name in (
        "fk_enrollments_tenant_id_campaign_id",
        "fk_enrollments_tenant_id_contact_id",
    ):
        op.drop_constraint(op.f(name), "enrollments", type_="foreignkey")
    op.add_column(
        "enrollments", sa.Column("entry", sa.SmallInteger(), nullable=False, server_default="1")
    )
    op.add_column("enrollments", sa.Column("unmatched_at", MOMENT, nullable=True))
    op.drop_constraint(
        op.f("uq_enrollments_tenant_id_campaign_id_contact_id"), "enrollments", type_="unique"
    )
    op.drop_index("ix_enrollments_contact", "enrollments")
    op.create_unique_constraint(
        op.f("uq_enrollments_tenant_id_contact_id_campaign_id_entry"),
        "enrollments",
        ["tenant_id", "contact_id", "campaign_id", "entry"],
    )
    op.create_index(
        "ix_enrollments_unmatched",
        "enrollments",
        ["tenant_id", "campaign_id"],
        unique=False,
        postgresql_where=sa.text("unmatched_at IS NOT NULL"),
    )
    op.drop_constraint(op.f("ck_enrollments_state"), "enrollments", type_="check")
    op.create_check_constraint(
        op.f("ck_enrollments_state"),
        "enrollments",
        "state IN ('active', 'finished', 'exited', 'excluded')",
    )
    for statement in FOLLOW:
        op.execute(statement)


def _deliveries() -> None:
    op.add_column(
        "deliveries", sa.Column("entry", sa.SmallInteger(), nullable=False, server_default="1")
    )
    op.drop_constraint(
        op.f("uq_deliveries_tenant_id_message_id_contact_id"), "deliveries", type_="unique"
    )
    op.create_unique_constraint(
        op.f("uq_deliveries_tenant_id_message_id_contact_id_entry"),
        "deliveries",
        ["tenant_id", "message_id", "contact_id", "entry"],
    )


def _campaign_zones() -> None:
    op.create_table(
        "campaign_zones",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("scanned_xid", sa.BigInteger(), nullable=True),
        sa.Column("seen_xid", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaigns.tenant_id", "campaigns.id"],
            name=op.f("fk_campaign_zones_tenant_id_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "campaign_id", "zone", name=op.f("pk_campaign_zones")),
    )
    isolate("campaign_zones")


def _versions() -> None:
    op.create_table(
        "message_versions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("preheader", sa.Text(), nullable=False),
        sa.Column("send_day", sa.Integer(), nullable=False),
        sa.Column("html_template", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaigns.tenant_id", "campaigns.id"],
            name=op.f("fk_message_versions_tenant_id_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "message_id", "version", name=op.f("pk_message_versions")
        ),
    )
    op.create_index(
        "ix_message_versions_campaign", "message_versions", ["tenant_id", "campaign_id"]
    )
    op.create_table(
        "campaign_versions",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.Column("messages", postgresql.JSONB(), nullable=False),
        sa.Column("effect", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "campaign_id"],
            ["campaigns.tenant_id", "campaigns.id"],
            name=op.f("fk_campaign_versions_tenant_id_campaign_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "campaign_id", "version", name=op.f("pk_campaign_versions")
        ),
    )
    op.execute("ALTER TABLE campaigns NO FORCE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE messages NO FORCE ROW LEVEL SECURITY")
    for statement in VERSIONS:
        op.execute(statement)
    for table in ("campaigns", "messages"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    for table in ("message_versions", "campaign_versions"):
        isolate(table)
