"""Indexes by time of what happened in a campaign, which its feed is read from; a thinner sample.

Revision: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

OWN = ["tenant_id", "campaign_id"]


def upgrade() -> None:
    """One for each thing that happens, and of activities with the id that a cursor needs."""
    for name in ("delivered_at", "bounced_at", "complained_at", "opened_at", "clicked_at"):
        op.create_index(
            f"ix_deliveries_{name}",
            "deliveries",
            [*OWN, name, "id"],
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )
    op.create_index(
        "ix_deliveries_unsent",
        "deliveries",
        [*OWN, sa.text("(coalesce(sent_at, updated_at))"), "id"],
        postgresql_where=sa.text("state IN ('failed', 'skipped', 'unknown')"),
    )
    op.create_index(
        "ix_enrollments_enrolled_at",
        "enrollments",
        [*OWN, "enrolled_at", "id"],
        postgresql_where=sa.text("state <> 'excluded'"),
    )
    op.create_index(
        "ix_enrollments_ended_at",
        "enrollments",
        [*OWN, "ended_at", "id"],
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.drop_index("ix_activities_campaign", "activities")
    op.create_index("ix_activities_campaign", "activities", [*OWN, "at", "id"])
    op.create_index(
        "ix_contacts_thinner_sample",
        "contacts",
        ["tenant_id", "mode"],
        postgresql_where=sa.text(
            "get_byte(uuid_send(id), 15) % 64 = 0 AND get_byte(uuid_send(id), 14) % 4 = 0"
        ),
    )
