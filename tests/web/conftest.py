"""A server for rendered pages under the policy of the real one, and a real browser to look at them."""

import threading
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page
from served import Site


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def look_at(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Opens a rendered page; the test fails at its end if the page complained, above all about the policy."""
    complaints: list[str] = []
    contexts = []

    def hear(message: ConsoleMessage) -> None:
        # The browser reports every answer of 400 and more, also those a test asks for.
        if message.type == "error" and "status of" not in message.text:
            complaints.append(message.text)

    def look(html: str, width: int = 1280, scheme: str = "light", **options: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        site.pages["/page"] = html
        page.goto(f"{site.address}/page", wait_until="networkidle")
        return page

    yield look
    for context in contexts:
        context.close()
    assert complaints == []
