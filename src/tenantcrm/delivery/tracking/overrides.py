"""What SES is told of a mail where SES tracks: exactly what the mail's campaign counts.

The configuration set says what is tracked in general; a request may say otherwise for its mails
(Amazon SES API v2, ConfigurationOverrides and TrackingConfigurationOverrides). So mails of
campaigns that count nothing, our own and tests are not tracked, whatever the set says.
"""

from typing import Any

from tenantcrm.delivery.ports import Tracked

_WORDS = {True: "ENABLED", False: "DISABLED"}


def overrides(tracked: Tracked) -> dict[str, Any]:
    """The parameter of SendEmail and SendBulkEmail."""
    return {
        "ConfigurationOverrides": {
            "Tracking": {
                "OpenTrackingEnabled": _WORDS[tracked.opens],
                "ClickTrackingEnabled": _WORDS[tracked.clicks],
            }
        }
    }
