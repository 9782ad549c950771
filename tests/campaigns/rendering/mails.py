"""What the tests of rendering share: a contact, and the shortest way from a template to a mail."""

from datetime import UTC, datetime
from typing import Any

from tenantcrm.campaigns.rendering import MailContext, RenderedMail, compile_message

URL = "https://mail.example.com/u/abc"
ADDRESS = "1 Main Street\nLondon"


def context(**changed: Any) -> MailContext:
    """A mail to Ada."""
    parts: dict[str, Any] = {
        "email": "ada@example.com",
        "name": "Ada",
        "attributes": {"plan": "pro", "seats": 3, "language": "en"},
        "tenant_name": "Vinr & Sons",
        "postal_address": ADDRESS,
        "campaign_name": "Welcome",
        "unsubscribe_url": URL,
        "now": datetime(2026, 2, 28, 10, tzinfo=UTC),
    }
    return MailContext(**parts | changed)


def mail(
    html: str = "",
    *,
    subject: str = "Hello",
    form: str = "html",
    preheader: str = "",
    **changed: Any,
) -> RenderedMail:
    """The mail that a template makes."""
    compiled = compile_message(
        subject=subject, html_template=html, template_format=form, preheader=preheader
    )
    return compiled.render(context(**changed))


def body(html: str, **changed: Any) -> str:
    """What a fragment of HTML becomes, without the footer that follows it."""
    return mail(html, **changed).html.partition('<div style="margin:32px')[0]


def words(html: str, **changed: Any) -> str:
    """What a fragment of HTML becomes in the text part, without the footer."""
    return mail(html, **changed).text.partition("\n\n---\n")[0]
