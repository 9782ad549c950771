"""What every mail must carry: a way out and the sender's postal address (RFC 8058, CAN-SPAM).

Its words are the recipient's language: ``system_footer`` of :class:`MailContext`.
"""

from collections.abc import Callable

from tenantcrm.campaigns.rendering.markup import content

UNSUBSCRIBE_URL = "unsubscribe_url"
POSTAL_ADDRESS = "tenant.postal_address"

_OPEN = (
    '<div style="margin:32px auto 0;padding:16px;max-width:600px;border-top:1px solid #d0d0d0;'
    "font-family:Arial,Helvetica,sans-serif;font-size:12px;line-height:18px;color:#595959;"
    'text-align:center" lang="{{ system_footer.language }}" dir="{{ system_footer.direction }}">'
)
_ADDRESS = (
    "{% if tenant.postal_address != blank %}<br>"
    "{{ tenant.postal_address | strip | newline_to_br }}{% endif %}"
)
_LINK = (
    '<br><a href="{{ unsubscribe_url }}" style="color:#595959">{{ system_footer.unsubscribe }}</a>'
)
_REASON = "{{ system_footer.reason }}"

_TEXT_ADDRESS = (
    "{% if tenant.postal_address != blank %}\n{{ tenant.postal_address | strip }}{% endif %}"
)

HTML = f"{_OPEN}{_REASON}{_ADDRESS}{_LINK}</div>"
HTML_ADDRESS = f"{_OPEN}{{{{ tenant.name }}}}{_ADDRESS}</div>"
HTML_LINK = f"{_OPEN}{_REASON}{_LINK}</div>"
_TEXT_LINK = "\n{{ system_footer.unsubscribe }}: {{ unsubscribe_url }}"

TEXT = f"\n\n---\n{_REASON}{_TEXT_ADDRESS}{_TEXT_LINK}"
TEXT_ADDRESS = f"\n\n---\n{{{{ tenant.name }}}}{_TEXT_ADDRESS}"
TEXT_LINK = f"\n\n---\n{_REASON}{_TEXT_LINK}"


def needed(paths: frozenset[str], shown: Callable[[], str]) -> tuple[str, str]:
    """The footers, in HTML and in text, that a template with these variables still needs.

    ``shown``: its tags without those in HTML comments, where nobody sees a link.
    """
    link, address = UNSUBSCRIBE_URL in paths, POSTAL_ADDRESS in paths
    if link or address:
        tags = shown()
        link = link and UNSUBSCRIBE_URL in tags
        address = address and POSTAL_ADDRESS.partition(".")[2] in tags
    if link and address:
        return "", ""
    if link:
        return HTML_ADDRESS, TEXT_ADDRESS
    return (HTML_LINK, TEXT_LINK) if address else (HTML, TEXT)


def add(page: str, footer: str) -> str:
    """The page with a footer at the end of its content."""
    if not footer:
        return page
    place = content(page)[1]
    return page[:place] + footer + page[place:]
