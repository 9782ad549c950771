"""Delivery: what SES tells of mails, allowances and reputation, sending domains, tracking.

Revision: 0002
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from tenantcrm.isolation import isolate

revision = "0002"
down_revision = "0001"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _tenants()
    _campaigns()
    _deliveries()
    _mail_events()
    _sending_hours()
    _lanes()
    _sending_domains()
    for table in (
        "mail_events",
        "event_streams",
        "sending_hours",
        "sending_domains",
        "domain_checks",
    ):
        isolate(table)


def _tenants() -> None:
    op.add_column("tenants", sa.Column("daily_cap", sa.Integer(), nullable=True))
    op.add_column("tenants", sa.Column("warm_up_from", sa.Date(), nullable=True))
    op.add_column("tenants", sa.Column("ses_tenant", sa.Text(), nullable=True))
    op.add_column(
        "tenants", sa.Column("standing", sa.Text(), nullable=False, server_default="good")
    )
    op.add_column(
        "tenants", sa.Column("standing_reason", sa.Text(), nullable=False, server_default="")
    )
    op.add_column("tenants", sa.Column("standing_since", MOMENT, nullable=True))
    op.add_column("tenants", sa.Column("forgiven_at", MOMENT, nullable=True))
    op.create_check_constraint(
        op.f("ck_tenants_standing"), "tenants", "standing IN ('good', 'warned', 'paused')"
    )
    op.create_check_constraint(op.f("ck_tenants_daily_cap"), "tenants", "daily_cap > 0")


def _campaigns() -> None:
    for name in ("track_opens", "track_clicks"):
        op.add_column(
            "campaigns", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        )


def _deliveries() -> None:
    # Tenants are never deleted, and every tenant's key is in the composite keys to campaigns,
    # messages and contacts; this one alone locked the tenant's row for every mail.
    op.drop_constraint(op.f("fk_deliveries_tenant_id"), "deliveries", type_="foreignkey")
    for name in (
        "asked_at",
        "delivered_at",
        "bounced_at",
        "complained_at",
        "opened_at",
        "clicked_at",
        "machine_at",
    ):
        op.add_column("deliveries", sa.Column(name, MOMENT, nullable=True))
    op.add_column("deliveries", sa.Column("bounce", sa.Text(), nullable=True))
    op.add_column("deliveries", sa.Column("silent_at", MOMENT, nullable=True))
    op.create_check_constraint(
        op.f("ck_deliveries_bounce"), "deliveries", "bounce IN ('hard', 'soft')"
    )


def _mail_events() -> None:
    op.create_table(
        "mail_events",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("notice_id", sa.Text(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("machine", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("detail", postgresql.JSONB(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "delivery_id"],
            ["deliveries.tenant_id", "deliveries.id"],
            name=op.f("fk_mail_events_tenant_id_delivery_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_mail_events")),
        sa.UniqueConstraint(
            "tenant_id", "notice_id", name=op.f("uq_mail_events_tenant_id_notice_id")
        ),
    )
    op.create_index(
        "ix_mail_events_delivery", "mail_events", ["tenant_id", "delivery_id", "at"], unique=False
    )
    op.create_table(
        "event_streams",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("seen_through", MOMENT, nullable=False),
        sa.Column("heard_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_event_streams_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_event_streams")),
    )


def _sending_hours() -> None:
    op.create_table(
        "sending_hours",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("hour", MOMENT, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False, server_default="0")
            for name in ("asked", "hard_bounced", "soft_bounced", "complained")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_sending_hours_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "hour", "kind", name=op.f("pk_sending_hours")),
    )
    op.create_index("ix_sending_hours_hour", "sending_hours", ["hour"], unique=False)


def _lanes() -> None:
    op.add_column("lanes", sa.Column("parked", sa.Text(), nullable=True))
    op.add_column("lanes", sa.Column("parked_until", MOMENT, nullable=True))
    op.add_column("lanes", sa.Column("pace", sa.Double(), nullable=False, server_default="0"))
    op.add_column("lanes", sa.Column("served_at", MOMENT, nullable=True))
    op.create_check_constraint(
        op.f("ck_lanes_parked"), "lanes", "parked IN ('account_quota', 'daily_cap', 'warm_up')"
    )


def _sending_domains() -> None:
    op.create_table(
        "sending_domains",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("dkim_tokens", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("dkim_zone", sa.Text(), nullable=False),
        sa.Column("mail_from", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("checked_at", MOMENT, nullable=True),
        sa.Column("verified_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'verified', 'failed')", name=op.f("ck_sending_domains_state")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"], ["tenants.id"], name=op.f("fk_sending_domains_tenant_id")
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_sending_domains")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_sending_domains_tenant_id_name")),
    )
    op.add_column("senders", sa.Column("identity", sa.Text(), nullable=True))
    op.create_table(
        "domain_checks",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("check_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "name"],
            ["sending_domains.tenant_id", "sending_domains.name"],
            name=op.f("fk_domain_checks_tenant_id_name"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "name", name=op.f("pk_domain_checks")),
    )
    op.create_index("ix_domain_checks_check_at", "domain_checks", ["check_at"], unique=False)
    op.create_index("ix_domain_checks_name", "domain_checks", ["name"], unique=False)
