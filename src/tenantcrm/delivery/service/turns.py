"""Where a mail that waits stands in its queue, and when it leaves."""

from tenantcrm import clock
from tenantcrm.database import TenantSession
from tenantcrm.delivery import allowances, reasons
from tenantcrm.delivery.allowances import Parked
from tenantcrm.delivery.repository import hours, lanes
from tenantcrm.delivery.schemas import DeliveryRow
from tenantcrm.delivery.states import Kind, State
from tenantcrm.delivery.turns import EXACT_TO, Day, Pace, Turn, leaves_at
from tenantcrm.tenants.schemas import TenantFacts

CAMPAIGNS = (Kind.DAY_ZERO, Kind.DRIP)


def is_stopped(tenant: TenantFacts, mail: DeliveryRow) -> bool:
    """Whether the mail waits because bounces or complaints have stopped its tenant's campaigns."""
    return tenant.paused and mail.state == State.PENDING and mail.kind in CAMPAIGNS


async def stands(
    session: TenantSession, tenant: TenantFacts, mail: DeliveryRow
) -> tuple[str, Turn | None]:
    """Why a mail stands where it stands, in one sentence, and its turn where it has one."""
    turn = await turn_of(session, tenant, mail)
    # Mail to people of the tenant itself leaves also when it is suspended.
    suspended = tenant.suspended and mail.kind != Kind.SYSTEM
    stopped = is_stopped(tenant, mail)
    words = reasons.why(mail, now=clock.now(), turn=turn, stopped=stopped, suspended=suspended)
    return words, turn


async def turn_of(session: TenantSession, tenant: TenantFacts, mail: DeliveryRow) -> Turn | None:
    """Where the mail stands in its queue; None: it is in none, or nobody can say when it moves."""
    now, real = clock.now(), clock.real_now()
    in_queue = mail.state == State.PENDING and mail.due_at <= now and not mail.held
    if not in_queue or mail.retry_at is not None or tenant.suspended or is_stopped(tenant, mail):
        return None
    lane = await lanes.find(session, mail.kind)
    ahead = await lanes.ahead(
        session, mail.kind, due_at=mail.due_at, mail_id=mail.id, most=EXACT_TO + 1
    )
    exact = ahead <= EXACT_TO
    if not exact:
        ahead = max(ahead, await lanes.about_ahead(session, mail.kind, mail.due_at, mail.id))
    day = Day(daily_cap=None, warm_up_from=None, hours=())
    if mail.kind in CAMPAIGNS and (tenant.daily_cap or tenant.warm_up_from):
        day = Day(
            daily_cap=tenant.daily_cap,
            warm_up_from=tenant.warm_up_from,
            hours=await hours.of_campaigns(session, since=allowances.window_from(now)),
        )
    pace = tenant.send_rate
    parked = None
    if lane is not None:
        age = 1e9 if lane.served_at is None else (real - lane.served_at).total_seconds()
        fading = Pace(mails=lane.pace, age=max(0.0, age), fades=lanes.PACE_SECONDS)
        pace = fading.now(tenant.send_rate)
        if lane.parked is not None and lane.parked_until is not None and lane.parked_until > now:
            parked = Parked(lane.parked)
    at = leaves_at(ahead, pace, day, now=now, clock_rate=clock.rate())
    if parked is not None and lane is not None and lane.parked_until is not None and at is not None:
        at = max(at, lane.parked_until)
    return Turn(ahead=ahead, exact=exact, at=at, parked=parked)
