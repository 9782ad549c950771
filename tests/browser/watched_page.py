"""A page that is watched: what went wrong in it, and what axe-core finds."""

from pathlib import Path
from typing import Any

from playwright.async_api import ConsoleMessage, Page, expect

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
# A page that is left lets go of what it was fetching, of which htmx tells as of a fault; a request
# that fails is told of under another name as well.
_LEFT = ("htmx:sendAbort", "htmx:afterRequest")
_TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_RUN = f"""async () => (await axe.run(document, {{ runOnly: {_RULES} }})).violations
  .map(v => ({{ id: v.id, impact: v.impact, at: v.nodes.map(n => n.target.join(" ")) }}))"""


_RUN_CONTRAST = """async () => (await axe.run(document,
  { runOnly: { type: "rule", values: ["color-contrast", "link-in-text-block"] } })).violations
  .map(v => ({ id: v.id, impact: v.impact, at: v.nodes.map(n => n.target.join(" ")) }))"""


def watch(page: Page) -> list[str]:
    """Collect the page's errors, CSP violations among them, in the list that this gives."""
    found: list[str] = []

    def console(message: ConsoleMessage) -> None:
        # No script of ours posts messages: axe knocks at the frame of a mail, which lets nobody in.
        ours = "'postMessage'" not in message.text and not message.text.startswith(_LEFT)
        if message.type in {"error", "warning"} and ours:
            found.append(f"{message.type}: {message.text}")

    page.on("console", console)
    page.on("pageerror", lambda error: found.append(f"exception: {error}"))
    return found


async def accessibility(page: Page) -> list[dict[str, Any]]:
    """What axe-core objects to, each with its rule, impact and places."""
    # Evaluated by the debugger, which the page's CSP does not bind: the page itself stays strict.
    await page.evaluate(AXE)
    found: list[dict[str, Any]] = await page.evaluate(_RUN)
    return found


async def contrast(page: Page) -> list[dict[str, Any]]:
    """What axe-core objects to in the colours alone, where it has looked at all else before."""
    found: list[dict[str, Any]] = await page.evaluate(_RUN_CONTRAST)
    return found


async def settled(page: Page) -> None:
    """Wait until the page is there with its letters, and nothing that htmx asked for is missing."""
    await page.wait_for_load_state("load")
    # What begins with the page, or when it is in sight, has begun two frames later.
    await page.evaluate(_TWO_FRAMES)
    await expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    await page.evaluate("document.fonts.ready")


async def end_animations(page: Page) -> None:
    """Let whatever is on its way arrive: a colour that changes is no colour of the page."""
    await page.evaluate(
        """document.getAnimations()
          .filter(one => one.effect.getComputedTiming().endTime !== Infinity)
          .forEach(one => one.finish())"""
    )


async def in_the_dark(page: Page) -> None:
    """Show it in its dark colours, once they have arrived."""
    await page.emulate_media(color_scheme="dark")
    # What changes begins to with the next frame, and can be brought to its end in the one after.
    await page.evaluate(_TWO_FRAMES)
    await end_animations(page)


async def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window: 0 when nothing has to be scrolled."""
    wide: int = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wide
