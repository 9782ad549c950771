"""Build the raw mail of a ``Simple`` content, as SES does."""

from collections.abc import Sequence
from email.encoders import encode_base64
from email.header import Header
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import formataddr, parseaddr

from tenantcrm.sandbox.ses.errors import BadRequestError
from tenantcrm.sandbox.ses.outbound import Attachment, Body, Destination, Simple, Text

_POLICY = compat32.clone(linesep="\r\n")


def composed(
    simple: Simple, sender: str, destination: Destination, reply_to: Sequence[str]
) -> bytes:
    """The raw mail, without Message-ID and Date.

    Raises:
        BadRequestError: it has no body, or a text that its character set cannot say.
    """
    mail = _with_attachments(_alternatives(simple.body), simple.attachments or ())
    mail["From"] = mailbox_header(sender)
    for name, mailboxes in (
        ("To", destination.to_addresses),
        ("Cc", destination.cc_addresses),
        ("Reply-To", reply_to),
    ):
        if mailboxes:
            mail[name] = ", ".join(mailbox_header(mailbox) for mailbox in mailboxes)
    subject = simple.subject
    if "\n" in subject.data or "\r" in subject.data:
        raise BadRequestError("Subject contains a line break.")
    mail["Subject"] = Header(subject.data, _charset(subject), header_name="Subject").encode()
    for field in simple.headers or ():
        mail[field.name] = field.value
    return mail.as_bytes(policy=_POLICY)


def _alternatives(body: Body) -> Message:
    parts = [
        MIMEText(text.data, kind, _charset(text))
        for kind, text in (("plain", body.text), ("html", body.html))
        if text is not None
    ]
    if not parts:
        raise BadRequestError("The body has neither Text nor Html.")
    return parts[0] if len(parts) == 1 else MIMEMultipart("alternative", _subparts=parts)


def _with_attachments(content: Message, attachments: Sequence[Attachment]) -> Message:
    if not attachments:
        return content
    mail = MIMEMultipart("mixed", _subparts=[content])
    for attachment in attachments:
        part = MIMEBase(*attachment.content_type.split("/", 1))
        part.set_payload(attachment.raw_content)
        encode_base64(part)
        disposition = attachment.content_disposition.lower()
        part.add_header("Content-Disposition", disposition, filename=_name(attachment.file_name))
        if attachment.content_description:
            part["Content-Description"] = attachment.content_description
        if attachment.content_id:
            part["Content-ID"] = f"<{attachment.content_id.strip('<>')}>"
        mail.attach(part)
    return mail


def _name(file_name: str) -> str | tuple[str, str, str]:
    return file_name if file_name.isascii() else ("utf-8", "", file_name)


def mailbox_header(mailbox: str) -> str:
    """A mailbox as a header says it: a name that is not ASCII as an encoded word."""
    if mailbox.isascii():
        return mailbox
    return formataddr(parseaddr(mailbox))


def _charset(text: Text) -> str:
    charset = text.charset or ("us-ascii" if text.data.isascii() else "utf-8")
    try:
        text.data.encode(charset)
    except (LookupError, ValueError):
        raise BadRequestError(f"The text cannot be written in the charset {charset}.") from None
    return charset
