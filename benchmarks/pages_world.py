"""A tenant of a large customer, made by SQL: contacts, campaigns, people in them, mails of months.

One campaign, paused, has 40 % of the contacts, and twenty active ones share the rest of those who
match; messages go on days 0, 2, 5, 9 and 14; people came in evenly over 200 days. Shares of
outcomes are those of a decent sender.
"""

from uuid import UUID

import asyncpg

from benchmarks.installation import tell

DAYS = (0, 2, 5, 9, 14)
SMALL = 20
AT_ONCE = 200_000
TABLES = ("contacts", "enrollments", "deliveries", "mail_events", "activities")
CONTACTS = """
INSERT INTO contacts (tenant_id, id, mode, email, email_key, email_hash, name, attributes, folded,
                      status, created_at, updated_at)
SELECT $1, uuid_v7(), 'live', e, e, sha256(e::bytea), 'Person ' || n,
  jsonb_build_object('plan', (ARRAY['free', 'free', 'free', 'pro'])[1 + n % 4],
    'language', (ARRAY['en', 'de', 'fr'])[1 + n % 3], 'seats', n % 50),
  jsonb_build_object('plan', (ARRAY['free', 'free', 'free', 'pro'])[1 + n % 4],
    'language', (ARRAY['en', 'de', 'fr'])[1 + n % 3], 'seats', n % 50),
  CASE WHEN n % 97 = 0 THEN 'bounced' ELSE 'subscribed' END,
  now() - make_interval(days => (200 - n * 200.0 / $4)::int), now()
FROM generate_series($2::int, $3::int) n, LATERAL (SELECT 'person' || n || '@example.net' AS e) x
"""
CAMPAIGN = """
INSERT INTO campaigns (tenant_id, id, name, contact_filter, state, preferred_send_time, timezone,
  day_zero, late_limit_hours, version, key, created_at, updated_at, activated_at, scanned_at,
  next_scan_at, scanned_xid)
SELECT $1, uuid_v7(), 'Campaign ' || k, 'plan=pro', CASE k WHEN 0 THEN 'paused' ELSE 'active' END,
  '10:00', 'Europe/London', 'scheduled', 12, 1, 'campaign-' || k, now() - interval '210 days',
  now(), now() - interval '205 days', now(), CASE WHEN k > 0 THEN now() + interval '1 day' END,
  pg_current_xact_id()::text::bigint
FROM generate_series(0, $2::int) k
"""
MESSAGES = """
INSERT INTO messages (tenant_id, id, campaign_id, subject, preheader, send_day, html_template,
  format, version, key, created_at, updated_at)
SELECT tenant_id, uuid_v7(), id, 'Day ' || d || ' for {{ contact.name }}', '', d,
  '<p>Hello {{ contact.name }}</p>', 'html', 1, 'day-' || d, created_at, created_at
FROM campaigns, unnest($2::int[]) d WHERE tenant_id = $1
"""
ENROL = """
INSERT INTO enrollments (tenant_id, id, campaign_id, contact_id, enrolled_on, enrolled_at, state,
  exit_reason, ended_at)
SELECT $1, uuid_v7(), g.id, c.id, day, day + time '10:00',
  CASE WHEN n % 31 = 0 THEN 'exited' WHEN day < current_date - 15 THEN 'finished' ELSE 'active' END,
  CASE WHEN n % 31 = 0 THEN (ARRAY['unmatched', 'suppressed', 'unsubscribed'])[1 + n % 3] END,
  CASE WHEN n % 31 = 0 OR day < current_date - 15 THEN day + 14 + time '10:00' END
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM contacts WHERE tenant_id = $1) c
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS k FROM campaigns WHERE tenant_id = $1) g
  ON g.k = CASE WHEN c.n % 10 < 4 THEN 0 ELSE 1 + c.n % $3 END,
LATERAL (SELECT current_date - (200 - c.n * 200.0 / $2)::int AS day) x
"""
SEND = """
INSERT INTO deliveries (tenant_id, id, kind, campaign_id, message_id, contact_id, state, reason,
  due_at, fence, attempts, ses_message_id, sent_at, asked_at, delivered_at, bounced_at, bounce,
  complained_at, opened_at, clicked_at, machine_at, created_at, updated_at)
SELECT $1, uuid_v7(), CASE m.send_day WHEN 0 THEN 'day_zero' ELSE 'drip' END, e.campaign_id, m.id,
  e.contact_id, s.state,
  CASE s.state WHEN 'skipped' THEN (ARRAY['late', 'exited', 'suppressed'])[1 + h % 3]
    WHEN 'failed' THEN 'MessageRejected' WHEN 'unknown' THEN 'no_answer' END,
  d.at, 1, 1, md5(e.id::text || m.send_day),
  CASE WHEN s.went THEN d.at END, d.at, CASE WHEN s.arrived THEN d.at + interval '4 seconds' END,
  CASE s.state WHEN 'bounced' THEN d.at + interval '9 seconds' END,
  CASE s.state WHEN 'bounced' THEN (ARRAY['hard', 'soft'])[1 + h % 2] END,
  CASE s.state WHEN 'complained' THEN d.at + interval '2 hours' END,
  CASE WHEN s.arrived AND h % 7 < 2 THEN d.at + interval '3 hours' END,
  CASE WHEN s.arrived AND h % 29 = 0 THEN d.at + interval '4 hours' END,
  CASE WHEN s.arrived AND h % 11 = 0 THEN d.at + interval '5 seconds' END,
  d.at, d.at
FROM enrollments e
JOIN messages m ON m.tenant_id = $1 AND m.campaign_id = e.campaign_id,
LATERAL (SELECT
  e.enrolled_at + make_interval(days => m.send_day, secs => (hashtext(e.id::text) & 1023)) AS at,
  (hashtext(e.id::text || m.send_day) & 1048575) AS h) d,
LATERAL (SELECT CASE WHEN h % 1000 < 25 THEN 'skipped' WHEN h % 1000 < 29 THEN 'failed'
    WHEN h % 1000 < 30 THEN 'unknown' WHEN h % 1000 < 48 THEN 'bounced'
    WHEN h % 1000 < 49 THEN 'complained' WHEN h % 1000 < 60 THEN 'sent' ELSE 'delivered'
    END AS state,
    h % 1000 >= 30 AS went, h % 1000 >= 48 AND (h % 1000 < 49 OR h % 1000 >= 60) AS arrived) s
WHERE e.tenant_id = $1 AND m.send_day = $2 AND d.at <= now()
"""
EVENTS = """
INSERT INTO mail_events (tenant_id, id, notice_id, delivery_id, kind, at, received_at, machine,
  detail)
SELECT tenant_id, uuid_v7(), 'n' || id, id, 'delivery', delivered_at, delivered_at, false,
  '{"summary": {}}' FROM deliveries
WHERE tenant_id = $1 AND state = 'delivered' AND at > now() - interval '8 days'
"""
ACTIVITIES = """
INSERT INTO activities (tenant_id, id, at, kind, contact_id, campaign_id, message_id, actor, detail)
SELECT tenant_id, uuid_v7(), enrolled_at + interval '1 hour', 'contact_updated', contact_id, NULL,
  NULL, 'system', '{"fields": ["plan"]}' FROM enrollments
WHERE tenant_id = $1 AND extract(day FROM enrolled_on)::int % 2 = 0
"""


async def fill(connection: asyncpg.Connection, tenant_id: UUID, people: int) -> None:
    """Make it all; ``connection`` is a superuser's. Indexes and counts are made at the end."""
    indexes = await _without_indexes(connection)
    for first in range(1, people + 1, AT_ONCE):
        last = min(people, first + AT_ONCE - 1)
        await connection.execute(CONTACTS, tenant_id, first, last, people)
    tell("contacts")
    await connection.execute(CAMPAIGN, tenant_id, SMALL)
    await connection.execute(MESSAGES, tenant_id, DAYS)
    await connection.execute(ENROL, tenant_id, people, SMALL)
    await connection.execute("ANALYZE")
    tell("people in campaigns")
    for day in DAYS:
        await connection.execute(SEND, tenant_id, day)
        tell(f"mails of day {day}")
    await connection.execute(EVENTS, tenant_id)
    await connection.execute(ACTIVITIES, tenant_id)
    for statement in indexes:
        await connection.execute(statement)
    for table in TABLES:
        await connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
    tell("indexes")
    await connection.execute("VACUUM ANALYZE")


async def _without_indexes(connection: asyncpg.Connection) -> list[str]:
    """Drop what slows filling down; gives what makes it again."""
    found = await connection.fetch(
        "SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS made "
        "FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid "
        "WHERE i.indrelid = ANY ($1::regclass[]) AND c.oid IS NULL AND NOT i.indisunique",
        list(TABLES),
    )
    for table in TABLES:
        await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    for row in found:
        await connection.execute(f"DROP INDEX {row['name']}")
    return [row["made"] for row in found]
