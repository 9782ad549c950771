"""The colours of tokens.css, as WCAG 2.2 measures them, in both schemes."""

import re

import pytest

from tenantcrm.web.templating import STATIC

_TEXT = 4.5  # WCAG 2.2, 1.4.3: text
_EDGE = 3.0  # WCAG 2.2, 1.4.11: edges of controls, parts of drawings

_BACKGROUNDS = ("canvas", "surface", "sunken", "hover")
_PAIRS = [
    *((ink, back, _TEXT) for ink in ("ink", "ink-soft", "ink-faint") for back in _BACKGROUNDS),
    *(("accent-ink", back, _TEXT) for back in (*_BACKGROUNDS, "accent-soft")),
    *((tone, back, _TEXT) for tone in ("ok", "warn", "danger") for back in ("surface", "canvas")),
    *((tone, f"{tone}-soft", _TEXT) for tone in ("ok", "warn", "danger")),
    *(("ink", f"{tone}-soft", _TEXT) for tone in ("accent", "ok", "warn", "danger", "neutral")),
    ("ink-soft", "neutral-soft", _TEXT),
    ("on-accent", "accent", _TEXT),
    ("on-accent", "accent-hover", _TEXT),
    ("on-accent", "danger-fill", _TEXT),
    ("on-accent", "danger-fill-hover", _TEXT),
    ("ribbon-ink", "ribbon", _TEXT),
    ("ribbon-mark", "ribbon", _TEXT),
    ("operator-ink", "operator", _TEXT),
    ("operator-mark", "operator", _TEXT),
    ("line-strong", "surface", _EDGE),
    ("line-strong", "canvas", _EDGE),
    ("chart", "surface", _EDGE),
    ("accent", "chart-back", _EDGE),
]


def _schemes() -> dict[str, dict[str, str]]:
    text = (STATIC / "css/tokens.css").read_text()
    light, dark = text.split("@media (prefers-color-scheme: dark)")
    colour = re.compile(r"--([a-z-]+): (#[0-9a-f]{6});")
    first = dict(colour.findall(light))
    return {"light": first, "dark": first | dict(colour.findall(dark))}


SCHEMES = _schemes()


def _luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb` (WCAG 2.2, definition)."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("front", "back", "least"), _PAIRS)
def test_contrast(scheme: str, front: str, back: str, least: float) -> None:
    """A pair of colours that meet on a page is as far apart as WCAG 2.2 AA asks."""
    colours = SCHEMES[scheme]
    lower, higher = sorted((_luminance(colours[front]), _luminance(colours[back])))
    assert (higher + 0.05) / (lower + 0.05) >= least
