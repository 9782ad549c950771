"""How far the mails of each entry came: news of the ledger, taken over into the enrolments.

The ledger's triggers note whose mails have gained or lost a mark; the sender never waits for an
enrolment. Enrolments that somebody holds are left for the next time.
"""

from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository.statement import statement

MARKS = """
  ((CASE WHEN d.state IN ('sent', 'delivered', 'bounced', 'complained') THEN 1 ELSE 0 END)
   + (CASE WHEN d.state IN ('delivered', 'complained') THEN 2 ELSE 0 END)
   + (CASE WHEN d.clicked_at IS NOT NULL THEN 4 ELSE 0 END))
"""
_ALONE = statement("SELECT pg_try_advisory_xact_lock(7212020, hashtext((:t)::text))")
_TAKE_OVER = statement(
    f"""
    WITH taken AS (
      DELETE FROM reach_news WHERE tenant_id = :t AND id IN (
        SELECT id FROM reach_news WHERE tenant_id = :t ORDER BY id LIMIT :most)
      RETURNING campaign_id, entry, gained, lost, contacts
    ), news AS (
      SELECT n.campaign_id, n.entry, c.contact_id, bit_or(n.gained) AS gained,
        bool_or(n.lost) AS lost
      FROM taken n CROSS JOIN LATERAL unnest(n.contacts) AS c (contact_id) GROUP BY 1, 2, 3
    ), needed AS (
      SELECT e.id, n.campaign_id, n.entry, n.contact_id, n.gained, n.lost
      FROM news n JOIN enrollments e ON e.tenant_id = :t AND e.contact_id = n.contact_id
        AND e.campaign_id = n.campaign_id AND e.entry = n.entry
      WHERE n.lost OR (e.reached & n.gained) <> n.gained
    ), held AS (
      SELECT id FROM enrollments WHERE tenant_id = :t AND id IN (SELECT id FROM needed)
      FOR UPDATE SKIP LOCKED
    ), reached AS (
      UPDATE enrollments e SET reached = CASE WHEN n.lost THEN coalesce((
          SELECT bit_or({MARKS}) FROM deliveries d WHERE d.tenant_id = :t
            AND d.contact_id = n.contact_id AND d.campaign_id = n.campaign_id AND d.entry = n.entry
        ), 0) ELSE e.reached | n.gained END
      FROM needed n JOIN held h ON h.id = n.id WHERE e.tenant_id = :t AND e.id = n.id
    ), left_over AS (
      INSERT INTO reach_news (tenant_id, id, campaign_id, entry, gained, lost, contacts)
      SELECT :t, uuid_v7(), campaign_id, entry, bit_or(gained), true, array_agg(contact_id)
      FROM needed n WHERE NOT EXISTS (SELECT FROM held h WHERE h.id = n.id)
      GROUP BY campaign_id, entry
    )
    SELECT count(*) FROM taken
    """  # noqa: S608 - constants
)


async def alone(session: TenantSession) -> bool:
    """Whether no other transaction of the tenant takes over and adds up; none will from now on."""
    return bool((await session.execute(_ALONE, {"t": session.tenant_id})).scalar_one())


async def take_over(session: TenantSession, *, most: int) -> int:
    """Take up to ``most`` news over into the enrolments; gives how many there were."""
    rows = await session.execute(_TAKE_OVER, {"t": session.tenant_id, "most": most})
    return int(rows.scalar_one())
