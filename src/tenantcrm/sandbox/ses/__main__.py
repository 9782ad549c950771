"""Start the simulator: ``python -m tenantcrm.sandbox.ses --port P --home DIR``."""

import sys

# Where advanced-alchemy is installed, Litestar loads all of it, with SQLAlchemy, for the sake of
# one class. This process has no use for either, and starts in half the time without them.
sys.modules["advanced_alchemy"] = None  # type: ignore[assignment] # None: not to be imported

from tenantcrm.sandbox.ses.serving import main  # noqa: E402 -- Litestar comes after the line above

main(prog_name="python -m tenantcrm.sandbox.ses")
