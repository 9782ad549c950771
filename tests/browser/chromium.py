"""The Chromium that browser tests drive: the machine's own, or the one Playwright installed."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Error, async_playwright

_NAMES = (
    # The same engine without a window system: half of the processor's time.
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
)
# The sandbox of Chromium needs rights that a container rarely gives; the pages here are our own.
_ARGUMENTS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A headless browser; where there is none the tests are skipped, and fail when `CI=true`."""
    path = os.environ.get("TENANTCRM_TEST_CHROMIUM") or next(
        filter(None, map(shutil.which, _NAMES)), None
    )
    async with async_playwright() as playwright:
        try:
            browser = await playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        except Error:
            words = "no Chromium was found: install one, or name it in TENANTCRM_TEST_CHROMIUM"
            if os.environ.get("CI") == "true":
                pytest.fail(words)
            pytest.skip(words)
        yield browser
        await browser.close()
