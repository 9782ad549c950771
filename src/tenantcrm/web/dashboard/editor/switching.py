"""Go on in another format, with what is written where that can be."""

from tenantcrm.campaigns.rendering import RenderError
from tenantcrm.campaigns.rendering.converting import WAYS, convert
from tenantcrm.campaigns.states import Format
from tenantcrm.errors import InvalidError
from tenantcrm.web.dashboard.editor.block_rows import DESIGN, STARTER, Row, template_of
from tenantcrm.web.dashboard.editor.writing import Writing

NAMES = {
    Format.BLOCKS: "Blocks",
    Format.HTML: "HTML",
    Format.MJML: "MJML",
    Format.MARKDOWN: "Markdown",
}


def switch(writing: Writing, wanted: str) -> None:
    """Make the writing one of the wanted format.

    Raises:
        InvalidError: what is written cannot be taken along; nothing is changed then.
    """
    if wanted == writing.values["format"] or writing.format is None:
        return
    if wanted not in set(Format):
        words = "Choose HTML, MJML, Markdown or blocks"
        raise InvalidError.of("/format", "invalid_value", words)
    old, new = writing.format, Format(wanted)
    template = writing.values["html_template"]
    if new is Format.BLOCKS:
        _into_blocks(writing, old, template)
    elif old is Format.BLOCKS:
        writing.values["html_template"] = _converted(template, old, new)
        writing.rows = []
    elif not _alike(old, new, template):
        writing.values["html_template"] = _converted(template, old, new)
    writing.values["format"] = new.value
    writing.said = f"The message is written in {NAMES[new]} now."


def _into_blocks(writing: Writing, old: Format, template: str) -> None:
    if not template.strip():
        writing.values["html_template"] = STARTER
        writing.rows = []
    elif old is Format.MARKDOWN:
        rows = [Row(uid=1, kind="text", values={"text": template, "align": "left"})]
        writing.rows, writing.design = rows, dict(DESIGN)
        writing.values["html_template"] = template_of(rows, writing.design)
    else:
        words = f"{NAMES[old]} cannot be taken apart into blocks. Empty the template to begin anew"
        raise InvalidError.of("/format", "no_such_way", words)
    writing.values["format"] = Format.BLOCKS.value
    writing.written()


def _alike(old: Format, new: Format, template: str) -> bool:
    """Whether the text goes on as it is: it is empty, or was pasted under the wrong name."""
    if not template.strip() or new not in WAYS[old]:
        return True
    is_mjml = "<mjml" in template
    return (old is Format.MJML and not is_mjml) or (old is Format.MARKDOWN and "<html" in template)


def _converted(template: str, old: Format, new: Format) -> str:
    if new not in WAYS[old]:
        words = f"{NAMES[old]} can be turned into {' or '.join(NAMES[way] for way in WAYS[old])}"
        raise InvalidError.of("/format", "no_such_way", words)
    try:
        return convert(template, old, new)
    except RenderError as fault:
        raise InvalidError.of("/html_template", fault.code, fault.detail) from fault
