"""What is wrong with a template, told to its author when it is saved."""

import re
from datetime import UTC, datetime

from tenantcrm.campaigns.rendering import blocks, limits
from tenantcrm.campaigns.rendering.context import MailContext
from tenantcrm.campaigns.rendering.environment import HTML, TEXT
from tenantcrm.campaigns.rendering.errors import SYNTAX, TOO_COSTLY, TOO_LARGE, RenderError
from tenantcrm.campaigns.rendering.errors import TemplateFault as Fault
from tenantcrm.campaigns.rendering.message import compile_message, to_page, to_source
from tenantcrm.campaigns.rendering.program import Program
from tenantcrm.campaigns.rendering.shield import Shield
from tenantcrm.campaigns.states import Format
from tenantcrm.errors import FieldError

_LONGEST = {
    Format.HTML: limits.MAX_HTML_SOURCE,
    Format.MJML: limits.MAX_MJML_SOURCE,
    Format.MARKDOWN: limits.MAX_MARKDOWN_SOURCE,
    Format.BLOCKS: limits.MAX_BLOCKS_SOURCE,
}
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_NOBODY = MailContext(
    email="ada@example.com",
    name=None,
    attributes={},
    tenant_name="",
    postal_address="",
    campaign_name="",
    unsubscribe_url="https://example.com/u",
    now=datetime(2026, 1, 1, tzinfo=UTC),
)


def check_template(
    subject: str, html_template: str, template_format: str, preheader: str = ""
) -> list[FieldError]:
    """Every fault that can be told without a contact; empty when the message can be saved.

    The pointers are ``/subject``, ``/preheader``, ``/format`` and ``/html_template``; the caller
    puts the message's place before them. Messages name the line.
    """
    if template_format not in set(Format):
        known = ", ".join(Format)
        return [FieldError("/format", "unknown_format", f"A format is one of {known}")]
    faults = [("/subject", fault) for fault in _check_line(subject)]
    faults += [("/preheader", fault) for fault in _check_line(preheader)]
    faults += [("/html_template", f) for f in _check_page(html_template, Format(template_format))]
    if not faults:
        faults += [
            ("/html_template", fault)
            for fault in _try(subject, html_template, template_format, preheader)
        ]
    return [FieldError(pointer, fault.code, str(fault)) for pointer, fault in faults]


def _check_line(source: str) -> list[Fault]:
    try:
        _check_characters(source, limits.MAX_LINE_SOURCE)
        _run(Program(source, TEXT))
    except Fault as fault:
        return [fault]
    return []


def _check_page(source: str, template_format: Format) -> list[Fault]:
    try:
        _check_characters(source, _LONGEST[template_format])
        if template_format is Format.BLOCKS and (faults := blocks.check(source)):
            return faults
        source = to_source(source, template_format)
        shield = Shield(source)
    except Fault as fault:
        return [fault]
    faults = []
    try:
        Program(source, HTML)
    except Fault as fault:
        faults.append(fault)
    try:
        to_page(shield, template_format)
    except Fault as fault:
        faults.append(fault)
    return faults


def _check_characters(source: str, most: int) -> None:
    if len(source) > most:
        raise Fault(f"This is longer than {most:,} characters", code=TOO_LARGE)
    if found := _UNSTORABLE.search(source):
        line = source.count("\n", 0, found.start()) + 1
        raise Fault(f"the character U+{ord(found[0]):04X} cannot be sent", line, SYNTAX)


def _run(program: Program) -> None:
    """Render for nobody: an endless loop shows; what depends on values cannot be told yet."""
    try:
        program.render(_NOBODY.names())
    except RenderError as error:
        if error.code == TOO_COSTLY:
            raise Fault(error.detail, code=TOO_COSTLY) from error


def _try(subject: str, html_template: str, template_format: str, preheader: str) -> list[Fault]:
    try:
        compile_message(
            subject=subject,
            html_template=html_template,
            template_format=template_format,
            preheader=preheader,
        ).render(_NOBODY)
    except RenderError as error:
        if error.code != "template_failed":
            return [Fault(error.detail, code=error.code)]
    return []
