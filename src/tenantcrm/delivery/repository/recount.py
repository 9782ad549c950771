"""Whether the numbers are what the ledger says, and making them so: one statement, one snapshot.

Both read every mail of a tenant: for a command and for tests, never for a page.
"""

from tenantcrm.database import TenantSession
from tenantcrm.delivery.repository.reach import MARKS
from tenantcrm.delivery.repository.statement import statement

_MAIL_KEY = "campaign_id, message_id, slot, state, why"
_MAIL_SUMS = "mails, opened, clicked, machine, unsubscribed"
_MAILS = """
  SELECT campaign_id, message_id, date_bin('15 minutes', at, 'epoch') AS slot,
    CASE WHEN state IN ('pending', 'claimed', 'sending') THEN 'waiting' ELSE state END AS state,
    CASE WHEN state IN ('skipped', 'failed') THEN reason
      WHEN state = 'bounced' THEN coalesce(bounce, '') ELSE '' END AS why,
    count(*) AS mails, count(opened_at) AS opened, count(clicked_at) AS clicked,
    count(*) FILTER (WHERE machine_at IS NOT NULL AND opened_at IS NULL AND clicked_at IS NULL)
      AS machine, count(unsubscribed_at) AS unsubscribed
  FROM deliveries WHERE tenant_id = :t AND message_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5
"""
_PEOPLE_KEY = "campaign_id, enrolled_on, state, why, reached"
_PEOPLE = """
  SELECT campaign_id, enrolled_on, state, coalesce(exit_reason, '') AS why, reached,
    count(*) AS people
  FROM enrollments WHERE tenant_id = :t GROUP BY 1, 2, 3, 4, 5
"""


def _kept(table: str, key: str, sums: str) -> str:
    added = ", ".join(f"sum({name}) AS {name}" for name in sums.split(", "))
    some = " OR ".join(f"sum({name}) <> 0" for name in sums.split(", "))
    return f"SELECT {key}, {added} FROM {table} WHERE tenant_id = :t GROUP BY {key} HAVING {some}"  # noqa: S608


def _differences(counted: str, table: str, key: str, sums: str) -> str:
    kept = _kept(table, key, sums)
    return (
        f"SELECT count(*) FROM ((({counted}) EXCEPT ({kept})) "  # noqa: S608 - constants
        f"UNION ALL (({kept}) EXCEPT ({counted}))) AS different"
    )


def _anew(counted: str, table: str, key: str, sums: str) -> str:
    # What others commit meanwhile is in neither the ledger nor the summands that this sees.
    return (
        f"WITH gone AS (DELETE FROM {table} WHERE tenant_id = :t) "  # noqa: S608 - constants
        f"INSERT INTO {table} (tenant_id, id, settled, {key}, {sums}) "
        f"SELECT :t, uuid_v7(), true, {key}, {sums} FROM ({counted}) AS counted"
    )


_SENDS = (_MAILS, "send_counts", _MAIL_KEY, _MAIL_SUMS)
_STANDINGS = (_PEOPLE, "people_counts", _PEOPLE_KEY, "people")
_COMPARE = {part[1]: statement(_differences(*part)) for part in (_SENDS, _STANDINGS)}
_REBUILD = [statement(_anew(*part)) for part in (_SENDS, _STANDINGS)]
_REACHED = f"""
  SELECT e.id, coalesce(x.reached, 0) AS reached FROM enrollments e LEFT JOIN (
    SELECT campaign_id, contact_id, entry, bit_or({MARKS}) AS reached FROM deliveries d
    WHERE tenant_id = :t AND message_id IS NOT NULL AND contact_id IS NOT NULL GROUP BY 1, 2, 3
  ) x ON x.contact_id = e.contact_id AND x.campaign_id = e.campaign_id AND x.entry = e.entry
  WHERE e.tenant_id = :t AND e.contact_id IS NOT NULL AND e.reached <> coalesce(x.reached, 0)
"""  # noqa: S608 - constants
_COUNT_REACHED = statement(f"SELECT count(*) FROM ({_REACHED}) AS wrong")  # noqa: S608
_REACH_ANEW = statement(
    f"UPDATE enrollments e SET reached = w.reached FROM ({_REACHED}) AS w "  # noqa: S608
    "WHERE e.tenant_id = :t AND e.id = w.id"
)
_ALONE = statement("SELECT pg_advisory_xact_lock(7212020, hashtext((:t)::text))")


async def differences(session: TenantSession) -> dict[str, int]:
    """How many numbers differ from the ledger, by table; 0 everywhere: it is as it should be.

    ``enrollments``: how many people have come further, or less far, than their row says; those
    whose news has not been taken over yet are among them.
    """
    values = {"t": session.tenant_id}
    found = {
        table: int((await session.execute(query, values)).scalar_one())
        for table, query in _COMPARE.items()
    }
    reached = (await session.execute(_COUNT_REACHED, values)).scalar_one()
    return found | {"enrollments": int(reached)}


async def rebuild(session: TenantSession) -> None:
    """Count everything anew, while others go on."""
    values = {"t": session.tenant_id}
    await session.execute(_ALONE, values)
    await session.execute(_REACH_ANEW, values)
    for query in _REBUILD:
        await session.execute(query, values)
