"""What the requests to send say, by the wire names of SES v2. Unknown members are ignored.

The lengths and patterns are those of the service ``sesv2``, API version 2019-09-27.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

TagText = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,256}\Z")]
HeaderName = Annotated[str, Meta(max_length=126, pattern=r"^[!-9;-@A-~]+\Z")]
HeaderValue = Annotated[str, Meta(min_length=1, max_length=870, pattern=r"^[ -~]*\Z")]
MimeType = Annotated[str, Meta(max_length=78, pattern=r"^[!-.0-:<-~]+/[!-:<-~]+\Z")]
MOST_HEADERS = 15
MOST_TEMPLATE_DATA = 262_144
TemplateData = Annotated[str, Meta(max_length=MOST_TEMPLATE_DATA)]


class Wire(msgspec.Struct, rename="pascal", gc=False):
    """A structure of the API: ``email_tags`` here is ``EmailTags`` there."""


class Tag(Wire):
    """A name and a value that come back in every event of the mail."""

    name: TagText
    value: TagText


class Text(Wire):
    """Text, and the character set that the recipient shall see it in."""

    data: str
    charset: str | None = None


class Body(Wire):
    """The two forms of one content, either or both."""

    text: Text | None = None
    html: Text | None = None


class HeaderField(Wire):
    """A header beside those that SES writes itself."""

    name: HeaderName
    value: HeaderValue


class Attachment(Wire):
    """A file that goes with a mail."""

    raw_content: bytes
    file_name: Annotated[str, Meta(max_length=255, pattern=r"^[^\r\n]*\Z")]
    content_type: MimeType = "application/octet-stream"
    content_disposition: Literal["ATTACHMENT", "INLINE"] = "ATTACHMENT"
    content_description: Annotated[str, Meta(max_length=1000, pattern=r"^[ -~]*\Z")] | None = None
    content_id: Annotated[str, Meta(max_length=78, pattern=r"^[!-~]+\Z")] | None = None


class Simple(Wire):
    """A mail in parts, from which SES makes the MIME."""

    subject: Text
    body: Body
    headers: Annotated[list[HeaderField], Meta(max_length=MOST_HEADERS)] | None = None
    attachments: list[Attachment] | None = None


class Raw(Wire):
    """A whole mail (base64 on the wire)."""

    data: bytes


class TemplateContent(Wire):
    """A template that comes with the request."""

    subject: str | None = None
    text: str | None = None
    html: str | None = None


class Template(Wire):
    """A template, and what its variables stand for (a JSON object in a text)."""

    template_name: str | None = None
    template_arn: str | None = None
    template_content: TemplateContent | None = None
    template_data: TemplateData | None = None
    headers: Annotated[list[HeaderField], Meta(max_length=MOST_HEADERS)] | None = None
    attachments: list[Attachment] | None = None


class Content(Wire):
    """Exactly one of its members."""

    raw: Raw | None = None
    simple: Simple | None = None
    template: Template | None = None


class Destination(Wire):
    """Who shall get it."""

    to_addresses: list[str] | None = None
    cc_addresses: list[str] | None = None
    bcc_addresses: list[str] | None = None

    def mailboxes(self) -> list[str]:
        """All of them."""
        return [
            *(self.to_addresses or ()),
            *(self.cc_addresses or ()),
            *(self.bcc_addresses or ()),
        ]


class SendEmail(Wire):
    """The request."""

    content: Content
    from_email_address: str | None = None
    destination: Destination | None = None
    reply_to_addresses: list[str] | None = None
    email_tags: list[Tag] | None = None
    configuration_set_name: str | None = None
    tenant_name: str | None = None


class ReplacementTemplate(Wire):
    """What the variables stand for in one entry; the others stay as the template's data say."""

    replacement_template_data: TemplateData | None = None


class ReplacementContent(Wire):
    """What one entry has in place of the default content."""

    replacement_template: ReplacementTemplate | None = None


class BulkEntry(Wire):
    """One mail of a bulk request."""

    destination: Destination
    replacement_tags: list[Tag] | None = None
    replacement_email_content: ReplacementContent | None = None
    replacement_headers: Annotated[list[HeaderField], Meta(max_length=MOST_HEADERS)] | None = None


class BulkContent(Wire):
    """What all entries begin with."""

    template: Template | None = None


class SendBulkEmail(Wire):
    """The request."""

    default_content: BulkContent
    bulk_email_entries: list[BulkEntry]
    from_email_address: str | None = None
    reply_to_addresses: list[str] | None = None
    default_email_tags: list[Tag] | None = None
    configuration_set_name: str | None = None
    tenant_name: str | None = None
