"""A mail made of blocks, kept as JSON: read by ``reading``, turned into MJML by ``compiling``."""

from tenantcrm.campaigns.rendering.blocks.compiling import to_mjml
from tenantcrm.campaigns.rendering.blocks.reading import check, read
from tenantcrm.campaigns.rendering.blocks.shapes import Block, Document, Simple

__all__ = ["Block", "Document", "Simple", "check", "read", "to_mjml"]
