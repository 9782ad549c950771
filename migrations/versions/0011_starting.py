"""Campaigns that start in a minute, and can be stopped until then; campaigns that are put away.

Revision: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("campaigns", sa.Column("starts_at", MOMENT, nullable=True))
    op.add_column("campaigns", sa.Column("starts_for", sa.Text(), nullable=True))
    op.add_column("campaigns", sa.Column("started_by", sa.Text(), nullable=True))
    op.add_column("campaigns", sa.Column("put_away_at", MOMENT, nullable=True))
    op.create_check_constraint(
        op.f("ck_campaigns_starting"),
        "campaigns",
        "starts_at IS NULL OR (state IN ('draft', 'paused') AND put_away_at IS NULL"
        " AND starts_for IS NOT NULL AND started_by IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("ck_campaigns_put_away"), "campaigns", "put_away_at IS NULL OR state <> 'active'"
    )
    op.create_index(
        "ix_campaigns_starts_at",
        "campaigns",
        ["tenant_id", "starts_at"],
        postgresql_where=sa.text("starts_at IS NOT NULL"),
    )
