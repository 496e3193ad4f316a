"""A person in front of a browser: goes where links lead, reads what stands there, presses what is offered."""

import re
import time
from pathlib import Path
from typing import ClassVar

import pyotp
from axe_playwright_python.sync_playwright import Axe
from house import ADMINISTRATOR, SECRET, House
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

from salus.program import PASSWORD

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NARROWEST = 320
PATIENCE_S = 60


class Person:
    """Somebody with a browser of their own.

    Every page they come to is examined once in the state it is in: axe finds nothing, and on the narrowest phone
    nothing stands beside the page.
    """

    examined: ClassVar[set[tuple[str, str]]] = set()

    def __init__(self, name: str, house: House, context: BrowserContext) -> None:
        self.name = name
        self.email = f"{name.split(maxsplit=1)[0].lower()}@people.example"
        self.house = house
        self.context = context
        self.secret: str | None = None
        """In their authenticator app, once they set one up."""
        self.recovery_codes: list[str] = []
        self.complaints: list[str] = []
        self.page: Page = context.new_page()
        self.watch(self.page)

    def watch(self, page: Page) -> None:
        """Hear what the browser complains of on this page."""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        # The browser reports every answer of 400 and more, also those a test asks for.
        if message.type == "error" and "status of" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    def goes_to(self, path: str) -> None:
        self.page.goto(path)
        self.examine()

    def follows(self, name: str) -> None:
        """Press a link of the page, and wait until the next page is there."""
        with self.page.expect_navigation():
            self.main.get_by_role("link", name=name, exact=True).first.click()
        self.examine()

    def opens(self, place: str) -> None:
        """Press a place of the main menu."""
        with self.page.expect_navigation():
            self.page.get_by_role("navigation", name="Main").get_by_role("link", name=place, exact=True).click()
        self.examine()

    def presses(self, name: str) -> None:
        """Press a button that leads to another page, or to the same one with what is wrong."""
        with self.page.expect_navigation():
            self.main.get_by_role("button", name=name, exact=True).first.click()
        self.examine()

    def agrees_to(self, name: str) -> None:
        """Press a button that asks whether one means it, and say yes."""
        self.main.get_by_role("button", name=name, exact=True).first.click()
        with self.page.expect_navigation():
            self.page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()
        self.examine()

    def approves_everybody(self) -> None:
        """As an administrator, whoever waits for a review: somebody from another test may be among them."""
        self.goes_to("/review")
        while self.main.get_by_role("button", name="Approve", exact=True).count():
            self.presses("Approve")
            self.goes_to("/review")

    def fills(self, **fields: str) -> None:
        """Fill fields by the names that the form sends."""
        for name, value in fields.items():
            self.main.locator(f"[name={name}]").fill(value)

    def sees(self, *words: str) -> None:
        for each in words:
            expect(self.main.get_by_text(each).filter(visible=True).first).to_be_visible()

    def is_told(self, words: str) -> None:
        """What was just done is said, once."""
        expect(self.page.get_by_role("status").get_by_text(words)).to_be_visible()

    def waits_for(self, place: Locator) -> None:
        """Look again until something is there that others or the worker make."""
        deadline = time.monotonic() + PATIENCE_S
        while not place.count():
            assert time.monotonic() < deadline, f"{place} did not come to {self.page.url}"
            self.page.reload(wait_until="networkidle")

    def downloads(self, link: Locator) -> bytes:
        with self.page.expect_download() as coming:
            link.click()
        return Path(coming.value.path()).read_bytes()

    def signs_up_to_sell(self) -> None:
        self.goes_to("/")
        self.follows("Create an account")
        self.follows("Sign up to sell")
        self.fills(name=self.name, email=self.email, password=PASSWORD)
        self.presses("Create my account")

    def signs_up_to_buy(self, organisation: str) -> None:
        self.goes_to("/sign-up/buyer")
        self.fills(name=self.name, email=self.email, password=PASSWORD, organisation=organisation)
        self.fills(country="FI", registration_number="2345678-9")
        self.presses("Create my account")

    def follows_the_letter(self) -> None:
        """Open the letter that came to their address, in the development mailbox, and confirm the address."""
        self.page.goto("/dev/mail")
        mine = self.main.get_by_role("row").filter(has_text=self.email)
        self.waits_for(mine)
        self.examine()
        mine.get_by_role("link", name="Please confirm your e-mail address").click()
        self.main.get_by_role("link", name="/verify").click()
        self.examine()
        self.presses("Confirm my address")
        self.is_told("Your e-mail address is confirmed")

    def signs_in(self, password: str = PASSWORD) -> None:
        self.goes_to("/sign-in")
        self.fills(email=self.email, password=password)
        self.presses("Sign in")

    def signs_in_with_code(self) -> None:
        self.email, self.secret = ADMINISTRATOR, SECRET
        self.signs_in()
        self.gives_code()

    def signs_in_and_sets_up_an_app(self) -> None:
        self.signs_in()
        self.sets_up_an_app()

    def sets_up_an_app(self) -> None:
        """On the page that asks for a second factor, of somebody who has none; with the ten codes that follow."""
        self.presses("Set up an app")
        self.secret = self.main.locator("[data-copy]").get_attribute("data-copy")
        self.gives_code()
        self.keeps_recovery_codes()

    def keeps_recovery_codes(self) -> None:
        self.presses("Show ten new codes")
        shown = self.main.get_by_role("list", name="Recovery codes").get_by_role("listitem")
        expect(shown).to_have_count(10)
        self.recovery_codes = shown.all_inner_texts()
        self.follows("I have kept them")

    def gives_code(self) -> None:
        assert self.secret is not None
        self.fills(code=pyotp.TOTP(self.secret).now())
        self.presses("Go on")

    def brings_in(self, export: Path) -> None:
        self.goes_to("/data/bring")
        self.main.get_by_label("Your export", exact=True).set_input_files(export)
        self.main.get_by_role("button", name="Bring it in").click()

    def turns_on(self, *types: str) -> None:
        for each in types:
            switch = self.main.get_by_role("switch", name=f"Share {each}", exact=True)
            if switch.get_attribute("aria-checked") == "false":
                switch.click()
            expect(switch).to_have_attribute("aria-checked", "true")

    def examine(self) -> None:
        """Whether everybody can use this page. Each page is examined once in each state that its title tells."""
        pattern = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "…", self.page.url.split("?")[0])
        state = (pattern, ", ".join(self.page.locator("h1, h2, .badge, .notice-title").all_inner_texts()))
        if state in Person.examined:
            return
        Person.examined.add(state)
        found = Axe().run(self.page, options={"runOnly": RULES})
        assert found.violations_count == 0, f"{self.page.url}\n{found.generate_report()}"
        shown = self.page.viewport_size
        assert shown is not None
        self.page.set_viewport_size({"width": NARROWEST, "height": 800})
        assert self.page.evaluate("document.documentElement.scrollWidth") <= NARROWEST, f"{self.page.url} is too wide"
        self.page.set_viewport_size(shown)
