"""A server for rendered pages under the policy of the real one, and a real browser to look at them."""

import os
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from rendered import landing

from salus.web import vendor
from salus.web.filters import STATIC

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Site(ThreadingHTTPServer):
    """Pages by path, static files, and a note of every form that arrived."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {"/received": landing()}
        self.posted: list[str] = []
        self.status = 200
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(SimpleHTTPRequestHandler):
    server: Site

    def translate_path(self, path: str) -> str:
        return str(STATIC) + path.split("?", maxsplit=1)[0].removeprefix("/static")

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path.split("?")[0])
        if page is None:
            super().do_GET()
        else:
            self.answer(page)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append(self.path)
        self.send_response(303)
        self.send_header("Location", "/received")
        self.end_headers()

    def answer(self, page: str) -> None:
        body = page.encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        pass


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{CHROMIUM} is missing; CI must look at the pages")
        pytest.skip(f"no Chromium at {CHROMIUM}: pages were not looked at")
    assert vendor.main() == 0
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield opened
        opened.close()


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
