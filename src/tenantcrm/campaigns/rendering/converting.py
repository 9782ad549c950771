"""A template of one format as one of another; there is no way back."""

from tenantcrm.campaigns.rendering import blocks
from tenantcrm.campaigns.rendering.errors import RenderError, TemplateFault
from tenantcrm.campaigns.rendering.message import to_page, to_source
from tenantcrm.campaigns.rendering.shield import Shield
from tenantcrm.campaigns.states import Format

WAYS = {
    Format.BLOCKS: (Format.MJML, Format.HTML),
    Format.MJML: (Format.HTML,),
    Format.MARKDOWN: (Format.HTML,),
    Format.HTML: (),
}
"""Into what each format can be turned, with everything that is in it."""


def convert(template: str, template_format: Format, wanted: Format) -> str:
    """The template in another format, with its Liquid.

    Raises:
        RenderError: it is no good, or cannot be turned into that.
    """
    if wanted not in WAYS[template_format]:
        raise RenderError("no_such_way", f"{template_format} cannot be turned into {wanted}")
    try:
        if wanted is Format.MJML:
            return blocks.to_mjml(template)
        shield = Shield(to_source(template, template_format))
        return shield.restore(to_page(shield, template_format))
    except TemplateFault as fault:
        raise RenderError(fault.code, str(fault)) from fault
