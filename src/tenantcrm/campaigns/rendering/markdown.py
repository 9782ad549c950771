"""Markdown to an HTML page, once for each version of a message."""

from markdown_it import MarkdownIt

from tenantcrm.campaigns.rendering import limits
from tenantcrm.campaigns.rendering.errors import TOO_LARGE, TemplateFault
from tenantcrm.campaigns.rendering.shield import Shield

_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_PAGE = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body {{ margin: 0; padding: 24px 16px; background-color: #ffffff; color: #1a1a1a;
  font-family: -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif;
  font-size: 16px; line-height: 1.5; }}
.mail {{ max-width: 600px; margin: 0 auto; }}
h1, h2, h3 {{ line-height: 1.25; }}
a {{ color: #0b57d0; }}
img {{ max-width: 100%; height: auto; border: 0; }}
blockquote {{ margin: 0; padding-left: 16px; border-left: 3px solid #d0d0d0; }}
th, td {{ padding: 4px 12px 4px 0; text-align: left; vertical-align: top; }}
</style>
</head>
<body><div class="mail">
{content}</div></body>
</html>
"""


def to_html(shield: Shield) -> str:
    """The page of a Markdown source, with the words of its shield.

    A line of nothing but tags becomes a comment, so that it makes no paragraph of its own.

    Raises:
        TemplateFault: it would keep the parser busy.
    """
    if shield.text.count("[") > limits.MAX_MARKDOWN_BRACKETS:
        raise TemplateFault(
            f"there are more than {limits.MAX_MARKDOWN_BRACKETS:,} brackets", code=TOO_LARGE
        )
    lines = [
        shield.comment(line.strip()) if shield.all_control(line) else line
        for line in shield.text.splitlines()
    ]
    return _PAGE.format(content=_PARSER.render("\n".join(lines)))
