"""Templates to mails: checked when saved, compiled once, rendered for each contact.

A source goes through these, in order: ``constructs`` (where Liquid stands), ``program`` (parsed by
``environment``, within ``limits`` and a ``budget``), ``shield`` (words for Liquid while ``mjml``,
``markdown``, ``styles`` and ``plaintext`` do their work), ``footer``, ``message``.
"""

from tenantcrm.campaigns.rendering.cache import CompiledMessages
from tenantcrm.campaigns.rendering.check import check_template
from tenantcrm.campaigns.rendering.context import MailContext
from tenantcrm.campaigns.rendering.errors import RenderError
from tenantcrm.campaigns.rendering.message import (
    CompiledMessage,
    CompiledSubject,
    RenderedMail,
    compile_message,
    render_line,
)

__all__ = [
    "CompiledMessage",
    "CompiledMessages",
    "CompiledSubject",
    "MailContext",
    "RenderError",
    "RenderedMail",
    "check_template",
    "compile_message",
    "render_line",
]
