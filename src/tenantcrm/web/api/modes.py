"""What a test key may not do: cause a mail, or see live contacts."""

from tenantcrm.errors import ForbiddenError
from tenantcrm.tenants.models import Mode
from tenantcrm.web.api.call import ApiCall


class TestKeyError(ForbiddenError):
    """A test key asked for what mails people."""

    code, title = "test_key", "A test key never causes a mail"


def live_only(call: ApiCall) -> None:
    """Refuse a test key.

    Raises:
        TestKeyError: it is one.
    """
    if call.mode is not Mode.LIVE:
        raise TestKeyError("A test key never causes a mail: use a live key for this call")
