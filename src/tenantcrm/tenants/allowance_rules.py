"""Rules of what an operator lets a tenant send: pure functions, no I/O."""

from tenantcrm.errors import FieldError, InvalidError
from tenantcrm.tenants.rules import check_reason
from tenantcrm.tenants.schemas import Allowances

RATE_MAXIMUM = 100_000
CAP_MAXIMUM = 100_000_000


def check_allowances(allowances: Allowances, reason: str) -> None:
    """Refuse figures that nothing could keep to.

    Raises:
        InvalidError: with every figure that is out of bounds, and the reason when it is.
    """
    faults = []
    if not 0 < allowances.send_rate <= RATE_MAXIMUM:
        words = f"A rate is more than 0 and at most {RATE_MAXIMUM:,} mails a second"
        faults.append(FieldError("/send_rate", "out_of_range", words))
    if allowances.daily_cap is not None and not 0 < allowances.daily_cap <= CAP_MAXIMUM:
        words = f"A cap is from 1 to {CAP_MAXIMUM:,} mails; leave it empty for none"
        faults.append(FieldError("/daily_cap", "out_of_range", words))
    try:
        check_reason(reason, pointer="/allowances_reason")
    except InvalidError as fault:
        faults.extend(fault.errors)
    if faults:
        raise InvalidError(faults)


def changes(before: Allowances, after: Allowances) -> list[str]:
    """What changes between two allowances, in words for the record."""
    words = []
    if before.send_rate != after.send_rate:
        words.append(f"rate {before.send_rate:g} → {after.send_rate:g} a second")
    if before.daily_cap != after.daily_cap:
        words.append(f"daily cap {_figure(before.daily_cap)} → {_figure(after.daily_cap)}")
    if before.warm_up_from != after.warm_up_from:
        words.append(
            f"warm-up from {before.warm_up_from or 'none'} → {after.warm_up_from or 'none'}"
        )
    return words


def _figure(number: int | None) -> str:
    return "none" if number is None else f"{number:,}"
