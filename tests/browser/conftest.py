"""One browser and one served demo show for all of these tests; they end with the last of them.

Package scope, not session scope: while Playwright's loop runs, no other test of the process could run one.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.served_show import ServedShow

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",  # nothing is fetched from elsewhere
)
MILLISECONDS = 30_000
"""The longest that any one thing may take to appear on a page that is loaded."""


@pytest.fixture(scope="package")
def browser_program() -> str:
    """A Chromium of this machine. Without one the tests are skipped, but in CI that is a failure."""
    found = next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found is None:
        missing = f"no browser here (looked for {', '.join(BROWSERS)})"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    return found


@pytest.fixture(scope="package")
def show(browser_program: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedShow]:  # noqa: ARG001
    """The demo show, served; made only where there is a browser to look at it."""
    served = ServedShow(tmp_path_factory.mktemp("browser") / "saltlight")
    try:
        served.make()
        served.start()
        yield served
    finally:
        served.stop()


@pytest.fixture(scope="package")
def browser(browser_program: str) -> Iterator[Browser]:
    expect.set_options(timeout=MILLISECONDS)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=browser_program, args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, show: ServedShow) -> Iterator[Page]:
    """A fresh page on the served show."""
    with fresh_page(browser, show) as opened:
        yield opened


@contextmanager
def fresh_page(browser: Browser, show: ServedShow) -> Iterator[Page]:
    """A page that remembers nothing of others; addresses are relative to the served show."""
    context = browser.new_context(base_url=show.address, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(MILLISECONDS)
    try:
        yield context.new_page()
    finally:
        context.close()
