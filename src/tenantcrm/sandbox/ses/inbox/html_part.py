"""The HTML part of a mail as a page of its own, to be shown in a sandboxed frame."""

import base64
import re

from tenantcrm.sandbox.ses.inbox.reading import Mail

POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src https: http: data:; frame-ancestors 'self'; "
    "form-action 'none'; base-uri 'none'"
)
"""A mail is a stranger's text: no scripts, no forms; pictures load, links open in a new tab."""

_BASE = '<base target="_blank">'
_START = re.compile(
    r"\A\s*(?:<!--.*?-->\s*)*(?:<!doctype[^>]*>\s*)?(?:<!--.*?-->\s*)*(?:<html\b[^>]*>\s*)?"
    r"(?:<!--.*?-->\s*)*(?:<head\b[^>]*>)?",
    re.IGNORECASE | re.DOTALL,
)
_PICTURE = re.compile(r"image/[a-z0-9.+-]+")
_CID = re.compile(r"""(["'(])cid:([^"')]+)(["')])""", re.IGNORECASE)


def html_document(mail: Mail) -> str:
    """The HTML of the mail; links open outside the frame, and pictures sent along are put in."""
    pictures = {
        part.content_id: part
        for part in mail.attachments
        if part.content_id and _PICTURE.fullmatch(part.content_type)
    }

    def picture(found: re.Match[str]) -> str:
        part = pictures.get(found[2])
        if part is None:
            return found[0]
        data = base64.b64encode(part.content).decode()
        return f"{found[1]}data:{part.content_type};base64,{data}{found[3]}"

    html = _CID.sub(picture, mail.html)
    # After the doctype, which would otherwise no longer come first and put the page in quirks mode.
    start = _START.match(html)
    at = start.end() if start else 0
    return html[:at] + _BASE + html[at:]
