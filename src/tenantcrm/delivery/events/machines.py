"""Whether an open or a click was a machine's: a rule of ours, not SES's word.

SES tells the user agent and the time of an open or a click, and says nothing about who it was.
Two kinds of machine name themselves, or give themselves away:

* Apple's Mail Privacy Protection fetches every picture when a mail arrives, opened or not, and
  calls itself ``Mozilla/5.0`` and nothing more;
* scanners of mail, which open every link, mostly say that they are robots.

The picture proxies of Gmail and Yahoo fetch when somebody opens: those are people's opens. A
scanner that poses as a browser is not recognised.
"""

import re

_APPLE = "Mozilla/5.0"
_GMAIL_PREFETCH = "Edge/12.246 Mozilla/5.0"
"""Gmail, when a mail comes in while the recipient has it open, before anybody looks at the mail."""
_PROXIES = re.compile(r"GoogleImageProxy|YahooMailProxy", re.IGNORECASE)
# Cubot makes telephones.
_ROBOTS = re.compile(
    r"(?<!cu)bot(?:\b|_)|crawl|spider|scan|preview|prefetch|monitor|headless|barracuda|proofpoint"
    r"|mimecast|symantec|trendmicro|fortinet|sophos|safelinks|urlscan|virustotal"
    r"|^(?:curl|wget|python|go-http-client|java|okhttp|axios|node-fetch|libwww|ruby|php)\b",
    re.IGNORECASE,
)


def is_machine(user_agent: str | None) -> bool:
    """Whether whoever calls itself so is a machine that fetches without anybody looking."""
    named = (user_agent or "").strip()
    if not named or named == _APPLE:
        return True
    if _PROXIES.search(named):
        return False
    return named.endswith(_GMAIL_PREFETCH) or _ROBOTS.search(named) is not None
