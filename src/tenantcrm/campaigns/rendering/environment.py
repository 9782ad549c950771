"""Liquid as mails have it: its tags without files and tables, its filters metered."""

from functools import partial

from liquid import Environment, Token
from liquid.exceptions import LiquidError

from tenantcrm.campaigns.rendering import filters
from tenantcrm.campaigns.rendering.loops import ForTag
from tenantcrm.campaigns.rendering.outputs import Literal, Output

NO_TAGS = ("include", "render", "tablerow", "ifchanged")
"""Files, and what makes no sense in a mail's text part."""


class MailEnvironment(Environment):
    """The tags and filters of templates; ``html`` escapes every value that is written."""

    def __init__(self, *, html: bool) -> None:
        """Make one for HTML or one for text."""
        self._html = html
        super().__init__(autoescape=html)

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        """Take the library's, less some, with ours in the place of others."""
        super().setup_tags_and_filters(extra=extra)
        for name in NO_TAGS:
            del self.tags[name]
        for tag in (ForTag, Literal, Output):
            self.add_tag(tag)
        for name in filters.REMOVED:
            del self.filters[name]
        self.filters |= filters.CHANGED if self._html else filters.CHANGED | filters.CHANGED_IN_TEXT
        for name, function in self.filters.items():
            if getattr(function, "with_environment", False):
                self.filters[name] = partial(function, environment=self)

    def error(
        self,
        exc: type[LiquidError] | LiquidError,
        msg: str | None = None,
        token: Token | None = None,
    ) -> None:
        """Raise, at the nearest place in the source: the end of an expression has none."""
        placed = isinstance(exc, LiquidError) and exc.token and exc.token.start_index >= 0
        if isinstance(exc, LiquidError) and not placed and token and token.start_index >= 0:
            exc.token = token
        super().error(exc, msg, token)


HTML = MailEnvironment(html=True)
TEXT = MailEnvironment(html=False)
