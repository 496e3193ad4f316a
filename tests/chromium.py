"""One real, headless Chromium for all tests of a process: Playwright cannot be started twice in one."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """The browser. Without one, tests that ask for it are skipped, and with CI=true they fail."""
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{CHROMIUM} is missing; CI must look at the pages")
        pytest.skip(f"no Chromium at {CHROMIUM}: pages were not looked at")
    from playwright.sync_api import sync_playwright

    from salus.web import vendor

    assert vendor.main() == 0
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield opened
        opened.close()
