"""Whether an open or a click was a program's, by what it calls itself."""

import pytest

from tenantcrm.delivery.events.machines import is_machine

SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"
PREFETCH = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
)


@pytest.mark.parametrize(
    "agent",
    [
        "", None, "  ", "Mozilla/5.0", PREFETCH, "Mozilla/5.0 (compatible; bingbot/2.0)",
        "python-requests/2.32", "curl/8.1", "Barracuda Sentinel (EE)", "Go-http-client/2.0",
        "Mozilla/5.0 (X11; Linux) HeadlessChrome/120.0", "Slackbot-LinkExpanding 1.0",
    ],
)  # fmt: skip
def test_programs(agent: str | None):
    """What fetches by itself, names a robot or nothing at all is a program."""
    assert is_machine(agent)


@pytest.mark.parametrize(
    "agent", [SAFARI, GMAIL, YAHOO, "Mozilla/5.0 (Linux; Android 9; CUBOT X19) Chrome/120.0"]
)
def test_people(agent: str):
    """Browsers, and the proxies that fetch when somebody opens, are people."""
    assert not is_machine(agent)
