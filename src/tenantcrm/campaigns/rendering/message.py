"""A message of a campaign, compiled once for each version, rendered for every mail."""

import re
from typing import NamedTuple

from liquid import escape

from tenantcrm.campaigns.rendering import blocks, footer, limits, markdown, mjml, plaintext, styles
from tenantcrm.campaigns.rendering.constructs import constructs
from tenantcrm.campaigns.rendering.context import MailContext
from tenantcrm.campaigns.rendering.environment import HTML, TEXT
from tenantcrm.campaigns.rendering.errors import RenderError, TemplateFault
from tenantcrm.campaigns.rendering.markup import content, pieces
from tenantcrm.campaigns.rendering.program import Program
from tenantcrm.campaigns.rendering.shield import Shield
from tenantcrm.campaigns.states import Format

_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_PREHEADER = (
    '<div style="display:none;max-height:0;max-width:0;overflow:hidden;opacity:0;'
    'font-size:1px;line-height:1px;color:transparent;mso-hide:all">{}</div>'
)
_LATE_HTML = Program(footer.HTML_LINK, HTML)
_LATE_TEXT = Program(footer.TEXT_LINK, TEXT)


class RenderedMail(NamedTuple):
    """What a recipient sees. ``subject`` is one line; nothing holds a lone surrogate."""

    subject: str
    html: str
    text: str


class CompiledMessage:
    """A message ready to be rendered; holds nothing of any contact or tenant."""

    __slots__ = ("_html", "_subject", "_text")

    def __init__(self, subject: Program, html: Program, text: Program | None) -> None:
        """Keep the programs. ``text`` None: the text part is converted from each mail's HTML."""
        self._subject = subject
        self._html = html
        self._text = text

    @property
    def converts_each(self) -> bool:
        """Whether each mail's HTML is converted to text, which costs milliseconds."""
        return self._text is None

    def render(self, context: MailContext) -> RenderedMail:
        """The mail for one contact.

        Raises:
            RenderError: the template costs too much, or cannot work with these values.
        """
        names = context.names()
        page = self._html.render(names)
        if self._text is None:
            text = plaintext.from_html(page)
        else:
            text = plaintext.close_gaps(self._text.render(names)).strip("\n")
        # A template may name the link in a branch that this mail does not take.
        if escape(context.unsubscribe_url) not in page:
            page = footer.add(page, _LATE_HTML.render(names))
        if context.unsubscribe_url not in text:
            text += _LATE_TEXT.render(names)
        return RenderedMail(_line(self._subject.render(names)), _whole(page), _whole(text) + "\n")


class CompiledSubject:
    """The subject of a message alone, for lists that say what people were sent."""

    __slots__ = ("_program",)

    def __init__(self, subject: str) -> None:
        """Compile it.

        Raises:
            RenderError: it is no good.
        """
        try:
            self._program = Program(subject, TEXT)
        except TemplateFault as fault:
            raise RenderError(fault.code, str(fault)) from fault

    def render(self, context: MailContext) -> str:
        """The subject for one contact, one line.

        Raises:
            RenderError: it costs too much, or cannot work with these values.
        """
        return _line(self._program.render(context.names()))


def render_line(source: str, context: MailContext) -> str:
    """One line of text, such as a preheader, for one contact.

    Raises:
        RenderError: it is no good, or costs too much.
    """
    try:
        return _line(Program(source, TEXT).render(context.names()))
    except TemplateFault as fault:
        raise RenderError(fault.code, str(fault)) from fault


def _line(text: str) -> str:
    """One line: a line break in a header would begin another header."""
    line = " ".join(_BREAKS.sub(" ", _whole(text)).split())
    return line if len(line) <= limits.MAX_SUBJECT else line[: limits.MAX_SUBJECT - 1] + "…"


def _whole(text: str) -> str:
    """Text that UTF-8 can carry: half a surrogate pair becomes the replacement character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text)
    return text


def compile_message(
    *, subject: str, html_template: str, template_format: str = Format.HTML, preheader: str = ""
) -> CompiledMessage:
    """Compile a message; about 10 ms. Every mail of it will carry a way out and an address.

    Args:
        subject: Liquid, one line.
        html_template: Liquid in HTML, MJML or Markdown, or the JSON of blocks.
        template_format: which of them.
        preheader: Liquid; what mail clients list beside the subject.

    Raises:
        RenderError: the template is no good; ``check_template`` tells its author why.
    """
    try:
        return CompiledMessage(
            Program(subject, TEXT), *_compile(html_template, Format(template_format), preheader)
        )
    except TemplateFault as fault:
        raise RenderError(fault.code, str(fault)) from fault


def _compile(
    source: str, template_format: Format, preheader: str
) -> tuple[Program, Program | None]:
    source = to_source(source, template_format)
    written = Program(source, HTML)
    shield = Shield(source)
    page = to_page(shield, template_format)
    html_footer, text_footer = footer.needed(written.paths, lambda: _shown(page, shield))
    text_source = plaintext.template_from(page, shield)
    if template_format not in {Format.MJML, Format.BLOCKS}:
        page = styles.inline(page, shield)
    start, end = content(page)
    html_source = "".join(
        (
            shield.restore(page[:start]),
            _hidden(preheader),
            shield.restore(page[start:end]),
            html_footer,
            shield.restore(page[end:]),
        )
    )
    text = None if text_source is None else Program(text_source + text_footer, TEXT)
    return Program(html_source, HTML), text


def _shown(page: str, shield: Shield) -> str:
    """The constructs that do not stand in HTML comments."""
    return "".join(
        shield.constructs[index].text
        for piece in pieces(page)
        if not page.startswith("<!--", piece.start)
        for index in shield.order(page[piece.start : piece.end])
    )


def to_source(template: str, template_format: Format) -> str:
    """The source that a page is made from: the template itself, or the MJML of its blocks.

    Raises:
        TemplateFault: it is no good mail of blocks.
    """
    return blocks.to_mjml(template) if template_format is Format.BLOCKS else template


def to_page(shield: Shield, template_format: Format) -> str:
    """The HTML page of the source of a template of any format, with the words of its shield.

    Raises:
        TemplateFault: it is no good MJML, or Markdown that never ends.
    """
    if template_format in {Format.MJML, Format.BLOCKS}:
        return mjml.to_html(shield, portable=template_format is Format.MJML)
    return markdown.to_html(shield) if template_format is Format.MARKDOWN else shield.text


def _hidden(preheader: str) -> str:
    if not preheader.strip():
        return ""
    parts: list[str] = []
    position = 0
    for construct in constructs(preheader):
        parts += str(escape(preheader[position : construct.start])), construct.text
        position = construct.end
    return _PREHEADER.format("".join([*parts, str(escape(preheader[position:]))]))
