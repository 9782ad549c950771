"""An import that is not to enter campaigns makes nobody come into one that runs."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from tenantcrm.campaigns import calendar
from tenantcrm.campaigns.repository import keeping_out
from tenantcrm.campaigns.repository.keeping_out import RunningCampaign
from tenantcrm.contacts.filters import parse
from tenantcrm.contacts.filters.compile import compile_filter
from tenantcrm.contacts.imports.errors import CollidedError
from tenantcrm.database import TenantSession


class KeepOut:
    """Stands by at one batch of an import (:class:`tenantcrm.contacts.imports.ports.Bystander`).

    Whoever begins to match a campaign by the batch is noted as left out of it, in the transaction
    of the batch itself: no scan ever sees one without the other. Whoever matched before is left
    alone: a contact that waits for its first mail is not lost by an import that adds a field.
    """

    def __init__(self, session: TenantSession, now: datetime) -> None:
        """``session``: the batch's."""
        self._session, self._now = session, now
        self._campaigns: list[RunningCampaign] = []
        self._before: dict[UUID, set[UUID]] = {}

    async def cares(self) -> bool:
        """Whether any campaign runs."""
        self._campaigns = await keeping_out.running(self._session)
        return bool(self._campaigns)

    async def before(self, contacts: Sequence[UUID]) -> None:
        """Note who of them matches what already."""
        if contacts:
            self._before = {c.id: await self._matching(c, contacts) for c in self._campaigns}

    async def after(self, contacts: Sequence[UUID]) -> None:
        """Keep out who matches now, and did not.

        Raises:
            CollidedError: a campaign was activated or changed meanwhile.
        """
        if not contacts:
            return
        if await keeping_out.hold(self._session) != self._campaigns:
            raise CollidedError
        for campaign in self._campaigns:
            entering = await self._matching(campaign, contacts)
            entering -= self._before.get(campaign.id, set())
            if entering:
                today = calendar.local_date(self._now, ZoneInfo(campaign.timezone))
                await keeping_out.keep_out(
                    self._session, campaign.id, sorted(entering), on=today, now=self._now
                )

    async def _matching(self, campaign: RunningCampaign, contacts: Sequence[UUID]) -> set[UUID]:
        condition = compile_filter(parse(campaign.contact_filter))
        return await keeping_out.matching(self._session, condition, contacts)
