"""A mail as programs show it that turn mails dark."""

import re

_OWN = re.compile(r"prefers-color-scheme|<meta[^>]+color-scheme", re.IGNORECASE)
_HEAD = re.compile(r"</head\s*>", re.IGNORECASE)
_TURNED = (
    "<style>html{filter:invert(0.93) hue-rotate(180deg);background:#fff;min-height:100%}"
    "img,video,svg{filter:invert(1) hue-rotate(180deg)}</style>"
)


def darkened(html: str) -> str:
    """The page with its colours turned, unless it has dark colours of its own."""
    if _OWN.search(html):
        return html
    if found := _HEAD.search(html):
        return html[: found.start()] + _TURNED + html[found.start() :]
    return _TURNED + html
