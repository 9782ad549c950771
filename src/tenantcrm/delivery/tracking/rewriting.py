"""Put into a mail's HTML what tells of opens and clicks. Its text part is never touched.

Links are looked for in each mail after it was rendered, because templates put variables into
addresses; the tags that mails of a message share are read once (decision 0018 has the figures).
"""

import re
from collections.abc import Callable
from uuid import UUID

from tenantcrm.delivery.ports import Tracked
from tenantcrm.delivery.tracking.links import ANCHOR, read
from tenantcrm.settings import Settings
from tenantcrm.signing import Keyring, TrackedSigner

OWN_PATHS = ("/u/", "/o/", "/c/")
"""Where our own links in mails lead: to leave is never tracked, and nothing is tracked twice."""
_PIXEL = '<img src="{}" width="1" height="1" alt="" style="border:0;width:1px;height:1px">'
_ENDS = ("</body", "</BODY", "</html", "</HTML")
_NOT_BY_SES = " ses:no-track"
"""An attribute that SES takes out and that keeps it from a link
(Amazon SES developer guide, "Email sending metrics FAQs", click tracking)."""


class Tracker:
    """Writes tracked links and images, or tells SES which links to leave alone."""

    def __init__(self, settings: Settings, keyring: Keyring) -> None:
        """``settings.tracking`` says who tracks: this installation, or SES."""
        self._by_ses = settings.tracking == "ses"
        self._public_url = settings.public_url
        self._keyring = keyring
        self._own = tuple(settings.public_url + path for path in OWN_PATHS)

    def apply(self, html: str, tenant_id: UUID, delivery_id: UUID, tracked: Tracked) -> str:
        """The HTML of one mail with what its campaign counts."""
        if self._by_ses:
            return self._mark(html, tracked)
        if not tracked.clicks and not tracked.opens:
            return html
        signer = self._keyring.signer(tenant_id, delivery_id)
        if tracked.clicks:
            html = ANCHOR.sub(self._leading(signer), html)
        if tracked.opens:
            image = _PIXEL.format(f"{self._public_url}/o/{signer.image()}")
            html = _at_the_end(html, image)
        return html

    def _leading(self, signer: TrackedSigner) -> Callable[[re.Match[str]], str]:
        prefix = f"{self._public_url}/c/"

        def lead(found: re.Match[str]) -> str:
            link = read(found[0]) if found["end"] else None
            if link is None or link.url is None or link.url.startswith(self._own):
                return found[0]
            return f'{link.before}"{prefix}{signer.link(link.url)}"{link.after}'

        return lead

    def _mark(self, html: str, tracked: Tracked) -> str:
        """Keep SES from links that are not to be tracked; the rest is its configuration set's."""

        def keep(found: re.Match[str]) -> str:
            tag = found[0]
            link = read(tag) if found["end"] else None
            if link is None or "ses:no-track" in tag:
                return tag
            if tracked.clicks and link.url is not None and not link.url.startswith(self._own):
                return tag
            return tag[:2] + _NOT_BY_SES + tag[2:]

        return ANCHOR.sub(keep, html)


def _at_the_end(page: str, image: str) -> str:
    """The page with an image behind its content: one that is cut off by a reader is not counted."""
    place = next((at for end in _ENDS if (at := page.rfind(end)) >= 0), len(page))
    return page[:place] + image + page[place:]
