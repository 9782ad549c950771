"""Three weeks that never were: entries, mails and what became of them, straight into the ledger."""

import random
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from tenantcrm import ids

DAYS = 21
DAY = timedelta(days=1)
FATES = ("delivered", "bounced", "complained", "failed", "unknown", "skipped")
WEIGHTS = (930, 10, 4, 5, 4, 12)
REASONS = {
    "bounced": ("General", "550 5.1.1 mailbox unavailable"),
    "complained": ("abuse", None),
    "failed": ("MessageRejected", "Email address is not verified."),
    "skipped": ("late", None),
    "unknown": ("no_answer", None),
}
MAIL = """
INSERT INTO deliveries (tenant_id, id, kind, campaign_id, message_id, contact_id, state, reason,
  detail, due_at, late_at, sent_at, asked_at, delivered_at, opened_at, clicked_at, bounced_at,
  complained_at, bounce, attempts, ses_message_id, fence, created_at, updated_at)
VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,1,$10,$10)
"""
ENTRY = """
INSERT INTO enrollments (tenant_id, id, campaign_id, contact_id, enrolled_on, enrolled_at, state,
  exit_reason, ended_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)
"""
HOUR = """
INSERT INTO sending_hours (tenant_id, hour, kind, asked, hard_bounced, complained)
VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (tenant_id, hour, kind) DO UPDATE
SET asked = sending_hours.asked + excluded.asked
"""


class History:
    """Writes the past of one tenant."""

    def __init__(self, connection: asyncpg.Connection, tenant: UUID, now: datetime) -> None:
        self.connection = connection
        self.tenant = tenant
        self.now = now
        self.dice = random.Random(11)
        self.hours: dict[tuple[datetime, str], list[int]] = {}

    async def enter(self, campaign: dict[str, Any], people: list[UUID]) -> None:
        """Bring people into a campaign over the last three weeks, and mail them until today."""
        campaign_id = _uuid(campaign["id"])
        at = time.fromisoformat(campaign["preferred_send_time"])
        messages = [(m["send_day"], _uuid(m["id"])) for m in campaign["messages"]]
        last = messages[-1][0]
        entries, mails = [], []
        for person in people:
            # More lately than long ago: the business grows.
            ago = int(DAYS * (1 - self.dice.random() ** 0.6))
            day0 = self.now.date() - ago * DAY
            entered = datetime.combine(day0, at, UTC)
            if entered > self.now:
                day0, entered = day0 - DAY, entered - DAY
            state, reason, ended = "active", None, None
            for send_day, message in messages:
                due = entered + send_day * DAY
                if due > self.now or state == "exited":
                    break
                mail = self._mail(campaign_id, message, person, due, send_day)
                mails.append(mail)
                if mail[6] in {"bounced", "complained"}:
                    state, reason, ended = "exited", mail[6], due + timedelta(minutes=4)
                elif self.dice.random() < 0.006:
                    state, reason, ended = "exited", "unsubscribed", due + timedelta(hours=3)
            if state == "active" and entered + last * DAY <= self.now:
                state, ended = "finished", entered + last * DAY
            own = (self.tenant, ids.new_id(), campaign_id, person)
            entries.append((*own, day0, entered, state, reason, ended))
        await self.connection.executemany(ENTRY, entries)
        await self.connection.executemany(MAIL, mails)

    def _mail(
        self, campaign: UUID, message: UUID, person: UUID, due: datetime, send_day: int
    ) -> tuple[Any, ...]:
        dice, kind = self.dice, "drip" if send_day else "day_zero"
        fate = dice.choices(FATES, WEIGHTS)[0]
        if fate == "complained" and self.now - due < 8 * DAY:
            fate = "delivered"  # One of so few in a week would have the account stopped.
        reason, detail = REASONS.get(fate, (None, None))
        asked = sent = delivered = opened = clicked = bounced = complained = None
        if fate != "skipped":
            asked = due + timedelta(seconds=dice.randint(1, 240))
            if fate not in {"failed", "unknown"}:
                sent = asked + timedelta(milliseconds=dice.randint(60, 900))
        if sent is not None and fate in {"delivered", "complained"}:
            delivered = sent + timedelta(seconds=dice.randint(1, 20))
            if dice.random() < 0.52 - 0.02 * send_day:
                opened = delivered + timedelta(minutes=dice.randint(1, 900))
                if dice.random() < 0.3:
                    clicked = opened + timedelta(minutes=dice.randint(1, 12))
        if fate == "bounced" and sent is not None:
            bounced = sent + timedelta(seconds=40)
        if fate == "complained" and delivered is not None:
            complained = delivered + timedelta(hours=2)
        opened, clicked = ((m if m and m < self.now else None) for m in (opened, clicked))
        self._count(kind, due, fate)
        return (
            self.tenant, ids.new_id(), kind, campaign, message, person, fate, reason, detail, due,
            due + DAY / 2, sent, asked, delivered, opened, clicked, bounced, complained,
            "hard" if bounced else None, 1 if asked else 0,
            f"0100{dice.getrandbits(64):016x}-000000" if sent else None,
        )  # fmt: skip

    def _count(self, kind: str, due: datetime, fate: str) -> None:
        counted = self.hours.setdefault((due.replace(minute=0, second=0), kind), [0, 0, 0])
        counted[0] += fate != "skipped"
        counted[1] += fate == "bounced"
        counted[2] += fate == "complained"

    async def finish(self) -> None:
        """What is counted apart, and what people's fates mean for their contacts."""
        await self.connection.executemany(
            HOUR, [(self.tenant, hour, kind, *n) for (hour, kind), n in self.hours.items()]
        )
        for status in ("bounced", "complained"):
            hit = (
                "(SELECT contact_id FROM deliveries "
                f"WHERE tenant_id = $1 AND state = '{status}' AND contact_id IS NOT NULL)"
            )
            await self.connection.execute(
                "INSERT INTO suppressions (tenant_id, mode, email_hash, reason, created_at) "
                f"SELECT tenant_id, mode, email_hash, '{status}', $2 FROM contacts "
                f"WHERE tenant_id = $1 AND id IN {hit} ON CONFLICT DO NOTHING",
                self.tenant,
                self.now,
            )
            await self.connection.execute(
                f"UPDATE contacts SET status = '{status}' WHERE tenant_id = $1 AND id IN {hit}",
                self.tenant,
            )


def _uuid(text: str) -> UUID:
    """The UUID of an id of the API, such as ``cam_…``."""
    return UUID(hex=text.partition("_")[2])
