"""Counts of the ledger and of people in campaigns, kept by what changes them; time of a mail.

Revision: 0009
"""

import sqlalchemy as sa
from alembic import op

from tenantcrm.isolation import isolate

revision = "0009"
down_revision = "0008"

MOMENT = sa.DateTime(timezone=True)

# Triggers of statements, not of rows: a batch of five hundred is counted at once. What they write
# are summands, which nobody waits for and which are added up later (decision 0029).
WAITING = "('pending', 'claimed', 'sending')"
MARKS = """
  (CASE WHEN {row}.state IN ('sent', 'delivered', 'bounced', 'complained') THEN 1 ELSE 0 END
   + CASE WHEN {row}.state IN ('delivered', 'complained') THEN 2 ELSE 0 END
   + CASE WHEN {row}.clicked_at IS NOT NULL THEN 4 ELSE 0 END)
"""
MAILS = f"""
  SELECT {{n}} AS n, tenant_id, campaign_id, message_id, date_bin('15 minutes', at, 'epoch') AS slot,
    CASE WHEN state IN {WAITING} THEN 'waiting' ELSE state END AS state,
    CASE WHEN state IN ('skipped', 'failed') THEN reason WHEN state = 'bounced' THEN coalesce(bounce, '')
      ELSE '' END AS why,
    (opened_at IS NOT NULL)::int AS opened, (clicked_at IS NOT NULL)::int AS clicked,
    (machine_at IS NOT NULL AND opened_at IS NULL AND clicked_at IS NULL)::int AS machine,
    (unsubscribed_at IS NOT NULL)::int AS unsubscribed
  FROM {{rows}} WHERE message_id IS NOT NULL
"""
ADD_MAILS = """
  INSERT INTO send_counts (tenant_id, id, campaign_id, message_id, slot, state, why, mails, opened,
    clicked, machine, unsubscribed)
  SELECT tenant_id, uuid_v7(), campaign_id, message_id, slot, state, why, sum(n), sum(n * opened),
    sum(n * clicked), sum(n * machine), sum(n * unsubscribed)
  FROM ({rows}) AS moved
  GROUP BY tenant_id, campaign_id, message_id, slot, state, why
  HAVING sum(n) <> 0 OR sum(n * opened) <> 0 OR sum(n * clicked) <> 0 OR sum(n * machine) <> 0
    OR sum(n * unsubscribed) <> 0;
"""
ADD_NEWS = """
  INSERT INTO reach_news (tenant_id, id, campaign_id, entry, gained, lost, contacts)
  SELECT tenant_id, uuid_v7(), campaign_id, entry, gained, lost, array_agg(contact_id)
  FROM (
    SELECT c.tenant_id, c.campaign_id, c.entry, c.contact_id,
      {come} & ~{gone} AS gained, ({gone} & ~{come}) <> 0 AS lost
    FROM come c JOIN gone g ON g.tenant_id = c.tenant_id AND g.id = c.id
    WHERE c.message_id IS NOT NULL AND c.contact_id IS NOT NULL AND {come} <> {gone}
  ) AS news
  GROUP BY tenant_id, campaign_id, entry, gained, lost;
""".format(come=MARKS.format(row="c"), gone=MARKS.format(row="g"))
ADD_LOSSES = f"""
  INSERT INTO reach_news (tenant_id, id, campaign_id, entry, gained, lost, contacts)
  SELECT tenant_id, uuid_v7(), campaign_id, entry, 0, true, array_agg(contact_id) FROM gone g
  WHERE message_id IS NOT NULL AND contact_id IS NOT NULL AND {MARKS.format(row="g")} <> 0
  GROUP BY tenant_id, campaign_id, entry;
"""
PEOPLE = """
  SELECT {n} AS n, tenant_id, campaign_id, enrolled_on, state, coalesce(exit_reason, '') AS why,
    reached FROM {rows}
"""
ADD_PEOPLE = """
  INSERT INTO people_counts (tenant_id, id, campaign_id, enrolled_on, state, why, reached, people)
  SELECT tenant_id, uuid_v7(), campaign_id, enrolled_on, state, why, reached, sum(n)
  FROM ({rows}) AS moved
  GROUP BY tenant_id, campaign_id, enrolled_on, state, why, reached HAVING sum(n) <> 0;
"""
EVENTS = {
    "insert": (("NEW", "come"),),
    "update": (("OLD", "gone"), ("NEW", "come")),
    "delete": (("OLD", "gone"),),
}


# A claim and the beginning of a request, two of three moves of a mail, change no number.
UNLESS_UNDER_WAY = """
  IF NOT EXISTS (SELECT FROM come WHERE state NOT IN ('claimed', 'sending'))
    AND NOT EXISTS (SELECT FROM gone WHERE state NOT IN ('pending', 'claimed')) THEN
    RETURN NULL;
  END IF;
"""


def counting(table: str, rows: str, add: str, more: dict[str, tuple[str, str]]) -> None:
    """Count what each statement on a table adds and takes away.

    ``more``: what else is done for an event, before and after that.
    """
    signs = {"come": "1", "gone": "-1"}
    for event, sides in EVENTS.items():
        union = " UNION ALL ".join(rows.format(n=signs[name], rows=name) for _, name in sides)
        before, after = more.get(event, ("", ""))
        body = before + add.format(rows=union) + after
        op.execute(
            f"CREATE FUNCTION count_{table}_{event}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN {body} RETURN NULL; END $$"
        )
        referencing = " ".join(f"{which} TABLE AS {name}" for which, name in sides)
        op.execute(
            f"CREATE TRIGGER count_{event} AFTER {event} ON {table} REFERENCING {referencing} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION count_{table}_{event}()"
        )


REACHED = """
UPDATE enrollments e SET reached = x.reached FROM (
  SELECT tenant_id, campaign_id, contact_id, entry, bit_or({marks}) AS reached FROM deliveries d
  WHERE message_id IS NOT NULL AND contact_id IS NOT NULL GROUP BY 1, 2, 3, 4
) x WHERE e.tenant_id = x.tenant_id AND e.contact_id = x.contact_id
  AND e.campaign_id = x.campaign_id AND e.entry = x.entry AND x.reached <> 0
""".format(marks=MARKS.format(row="d"))


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("unsubscribed_at", MOMENT, nullable=True))
    op.add_column(
        "deliveries",
        sa.Column("at", MOMENT, sa.Computed("coalesce(sent_at, due_at)", persisted=True)),
    )
    op.add_column(
        "enrollments",
        sa.Column("reached", sa.SmallInteger(), nullable=False, server_default="0"),
    )
    _tables()
    _backfill()
    _indexes()
    more = {"update": (UNLESS_UNDER_WAY, ADD_NEWS), "delete": ("", ADD_LOSSES)}
    counting("deliveries", MAILS, ADD_MAILS, more)
    counting("enrollments", PEOPLE, ADD_PEOPLE, {})


def _tables() -> None:
    own = ("tenant_id", "id", "campaign_id")
    number = ("mails", "opened", "clicked", "machine", "unsubscribed")
    op.create_table(
        "send_counts",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in own),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("slot", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False, server_default=sa.false()),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in number),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_send_counts")),
    )
    op.create_index("ix_send_counts_campaign", "send_counts", ["tenant_id", "campaign_id", "slot"])
    op.create_index("ix_send_counts_slot", "send_counts", ["tenant_id", "slot"])
    op.create_table(
        "people_counts",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in own),
        sa.Column("enrolled_on", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("reached", sa.SmallInteger(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_people_counts")),
    )
    op.create_index(
        "ix_people_counts_campaign", "people_counts", ["tenant_id", "campaign_id", "enrolled_on"]
    )
    op.create_table(
        "reach_news",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in own),
        sa.Column("entry", sa.SmallInteger(), nullable=False),
        sa.Column("gained", sa.SmallInteger(), nullable=False),
        sa.Column("lost", sa.Boolean(), nullable=False),
        sa.Column("contacts", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_reach_news")),
    )
    for table in ("send_counts", "people_counts"):
        op.create_index(
            f"ix_{table}_fresh", table, ["tenant_id", "id"], postgresql_where=sa.text("NOT settled")
        )
    for table in ("send_counts", "people_counts", "reach_news"):
        isolate(table)


def _backfill() -> None:
    """Count what is there. Row-level security binds the owner too, but for this transaction."""
    tables = ("deliveries", "enrollments", "send_counts", "people_counts")
    for table in tables:
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(REACHED)
    op.execute(ADD_MAILS.format(rows=MAILS.format(n=1, rows="deliveries")))
    op.execute(ADD_PEOPLE.format(rows=PEOPLE.format(n=1, rows="enrollments")))
    for table in tables:
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _indexes() -> None:
    mails = ["tenant_id", "campaign_id", "message_id"]
    op.drop_index("ix_deliveries_campaign", "deliveries")
    op.create_index("ix_deliveries_campaign", "deliveries", [*mails, "state", "at", "id"])
    op.create_index("ix_deliveries_at", "deliveries", ["tenant_id", "at", "id"])
    op.create_index(
        "ix_deliveries_tests",
        "deliveries",
        ["tenant_id", "at", "id"],
        postgresql_where=sa.text("kind = 'test'"),
    )
    for name, columns, condition in (
        ("reason", [*mails, "state", "reason", "at", "id"], "state IN ('skipped', 'failed')"),
        ("opened", [*mails, "at", "id"], "opened_at IS NOT NULL"),
        ("clicked", [*mails, "at", "id"], "clicked_at IS NOT NULL"),
        (
            "machine",
            [*mails, "at", "id"],
            "machine_at IS NOT NULL AND opened_at IS NULL AND clicked_at IS NULL",
        ),
        ("unsubscribed", [*mails, "at", "id"], "unsubscribed_at IS NOT NULL"),
    ):
        op.create_index(
            f"ix_deliveries_{name}", "deliveries", columns, postgresql_where=sa.text(condition)
        )
    people = ["tenant_id", "campaign_id"]
    for name, columns, condition in (
        ("state", [*people, "state", "enrolled_on", "id"], "state <> 'active'"),
        ("reason", [*people, "exit_reason", "enrolled_on", "id"], "exit_reason IS NOT NULL"),
        ("reached", [*people, "reached", "enrolled_on", "id"], "reached > 0"),
    ):
        op.create_index(
            f"ix_enrollments_{name}", "enrollments", columns, postgresql_where=sa.text(condition)
        )
