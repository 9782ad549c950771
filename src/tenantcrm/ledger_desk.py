"""What the command line does to the ledger of mails: count, look, resolve."""

from collections import Counter
from uuid import UUID

from msgspec import to_builtins

from tenantcrm import ids
from tenantcrm.administration import Facts, opened, read_tenant
from tenantcrm.database import Database
from tenantcrm.delivery import service
from tenantcrm.delivery.events.application import apply_again
from tenantcrm.delivery.schemas import DeliveryView
from tenantcrm.delivery.states import State
from tenantcrm.errors import InvalidError, NotFoundError
from tenantcrm.settings import Settings
from tenantcrm.tenants.models import OperatorAction
from tenantcrm.tenants.service import operators

ACTOR = "operator"
MOST_TENANTS = 100_000
_IDS = {"campaign_id": ids.CAMPAIGN, "message_id": ids.MESSAGE, "contact_id": ids.CONTACT}


async def counts(settings: Settings, tenant: str | None) -> Counter[str]:
    """How many mails stand where, of a tenant or of all."""
    found: Counter[str] = Counter()
    async with opened(settings) as database:
        for tenant_id in await _tenants(database, tenant):
            async with database.unit_of_work(tenant_id) as session:
                found.update(await service.counts(session))
    return found


async def recount(settings: Settings, tenant: str | None, *, repair: bool) -> Counter[str]:
    """How many numbers of reports differ from the ledger, by table; ``repair``: counted anew."""
    found: Counter[str] = Counter()
    async with opened(settings) as database:
        for tenant_id in await _tenants(database, tenant):
            async with database.unit_of_work(tenant_id) as session:
                found.update(await service.differences(session))
                if repair:
                    await service.rebuild(session)
    return found


async def listed(
    settings: Settings, tenant: str, *, state: State | None, limit: int
) -> list[Facts]:
    """Mails of a tenant, the newest first, without addresses."""
    async with opened(settings) as database:
        (tenant_id,) = await _tenants(database, tenant)
        async with database.unit_of_work(tenant_id) as session:
            found = await service.list_deliveries(session, state=state, limit=limit)
    return [_facts(mail, tenant_id) for mail in found.rows]


async def shown(settings: Settings, delivery: str, tenant: str | None) -> Facts:
    """One mail with everything that was told of it, without its address."""
    async with opened(settings) as database:
        tenant_id, mail = await _found(database, delivery, tenant)
    facts = _facts(mail, tenant_id)
    events = [
        {"kind": event.kind, "at": event.at.isoformat(), "machine": event.machine}
        for event in mail.events or ()
    ]
    return facts | {"detail": mail.detail, "events": events}


async def resolve(
    settings: Settings, delivery: str, resolution: str, *, reason: str, tenant: str | None
) -> None:
    """Say what became of an unknown mail.

    The operator's record is kept where operators' doings are, and in the tenant's activity.
    """
    if not reason.strip():
        raise InvalidError.of("/reason", "required", "--reason: say how this is known")
    async with opened(settings) as database:
        tenant_id, mail = await _found(database, delivery, tenant)
        async with database.control_unit_of_work() as control:
            control.add(
                OperatorAction(
                    id=ids.new_id(),
                    tenant_id=tenant_id,
                    action="resolve_delivery",
                    reason=f"{delivery} as {resolution}: {reason.strip()}",
                )
            )
            await control.flush()
            # Within: who is refused leaves no record, and nothing is resolved without one.
            async with database.unit_of_work(tenant_id) as session:
                await service.resolve(
                    session, mail.id, resolution, reason=reason.strip(), actor=ACTOR
                )


async def retry_events(settings: Settings, tenant: str | None) -> Counter[str]:
    """Read notices anew that could not be applied: how many were, and how many still cannot."""
    told: Counter[str] = Counter()
    async with opened(settings) as database:
        for tenant_id in await _tenants(database, tenant):
            async with database.unit_of_work(tenant_id) as session:
                told.update(await apply_again(session))
    return told


async def _tenants(database: Database, tenant: str | None) -> list[UUID]:
    async with database.control_unit_of_work() as control:
        if tenant is not None:
            wanted = read_tenant(tenant)
            await operators.tenant(control, wanted)
            return [wanted]
        return [row.id for row in await operators.tenants(control, limit=MOST_TENANTS)]


async def _found(
    database: Database, delivery: str, tenant: str | None
) -> tuple[UUID, DeliveryView]:
    """The mail, and whose it is: nothing but the tenant's own plane can see it."""
    try:
        wanted = ids.read_id(ids.DELIVERY, delivery)
    except NotFoundError:
        raise InvalidError.of(
            "/delivery", "invalid_id", f"{delivery[:60]!r} is not a delivery's id; expected dlv_…"
        ) from None
    for tenant_id in await _tenants(database, tenant):
        async with database.unit_of_work(tenant_id) as session:
            try:
                return tenant_id, await service.get_delivery(session, wanted)
            except NotFoundError:
                continue
    raise NotFoundError(f"There is no delivery {delivery}")


def _facts(mail: DeliveryView, tenant_id: UUID) -> Facts:
    """What is told of a mail here: whom it goes to is the tenant's own."""
    names = ("kind", "state", "reason", "why", "attempts", "ses_message_id")
    times = ("due_at", "asked_at", "sent_at", "delivered_at", "bounced_at", "complained_at")
    facts: Facts = {
        "id": f"{ids.DELIVERY}_{mail.id.hex}",
        "tenant_id": ids.show_id(ids.TENANT, tenant_id),
    }
    facts |= {name: getattr(mail, name) for name in names}
    facts |= {name: to_builtins(getattr(mail, name)) for name in times}
    for name, prefix in _IDS.items():
        key = getattr(mail, name)
        facts[name] = None if key is None else ids.show_id(prefix, key)
    return facts
