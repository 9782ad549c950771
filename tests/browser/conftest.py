"""What browser tests may ask for."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from tests.browser.chromium import chromium
from tests.browser.customers import Customer, sign_up
from tests.fixtures.sandbox import Running, running
from tests.sandbox.support import open_folder

# Two cores may be busy with other tests: what is waited for comes, if not within a blink.
expect.set_options(timeout=20_000)


# Of the package: when its tests are done, neither keeps the machine busy under the others.
@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    """One headless Chromium for the tests of this worker; each opens contexts of its own."""
    async with chromium() as opened:
        yield opened


@pytest.fixture(scope="package")
def sandbox() -> Iterator[Running]:
    """One `tenantcrm up` for the browser tests of this worker, on the real clock, without a demo.

    A test that turns the clock starts one of its own.
    """
    with open_folder() as folder, running(folder / "home", "--no-demo") as sandbox:
        yield sandbox


@pytest.fixture
def customer(sandbox: Running) -> Iterator[Customer]:
    """A customer with a tenant of this test's own."""
    customer = sign_up(sandbox)
    yield customer
    customer.close()


@pytest.fixture
async def signed_in(browser: Browser, customer: Customer) -> AsyncIterator[BrowserContext]:
    """A browser in which the test's customer is signed in."""
    context = await customer.open(browser)
    yield context
    await context.close()


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where screenshots are kept for a person to look at."""
    folder = Path(__file__).parents[2] / "test-artifacts" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
