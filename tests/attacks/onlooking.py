"""Somebody who opens a page in a real browser, to see whether a planted text came alive on it."""

import httpx
from playwright.sync_api import Browser, Request, Route

from tests.attacks.planting import MARK
from tests.world import Visitor

LIVE = f"""page => [...page.querySelectorAll("*")].filter(element =>
    element.hasAttribute("{MARK}") || [...element.attributes].some(one => one.name.startsWith("on") ||
    (["href", "src", "action", "formaction"].includes(one.name) && /^\\s*javascript:/i.test(one.value)))
).map(element => element.outerHTML.slice(0, 120))"""
"""The elements of a page that none of ours is: planted, with a handler of events, or with a link that is a script."""


class Onlooker:
    """Looks at what the application at `url` serves."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url

    def read(self, texts: list[str]) -> list[list[str]]:
        """For each page what the browser's parser makes of it that is none of our own elements; nothing is run."""
        page = self.browser.new_page()
        try:
            return list(
                page.evaluate(
                    f"texts => texts.map(text => ({LIVE})(new DOMParser().parseFromString(text, 'text/html')))", texts
                )
            )
        finally:
            page.close()

    def open(self, one: Visitor, path: str, *, with_policy: bool = True) -> list[str]:
        """What came alive on a page that somebody opens, with or without the policy that it came with."""
        context = self.browser.new_context(base_url=f"http://{one.host}", service_workers="block")
        left_out = {"content-encoding", "content-length"} | (set() if with_policy else {"content-security-policy"})
        with context, httpx.Client(base_url=self.url, trust_env=False) as client:

            def pass_on(route: Route, request: Request) -> None:
                headers = {"host": one.host, "cookie": f"visitor=somebody; sid={one.browser}"}
                answer = client.get(request.url.split(one.host, 1)[1], headers=headers)
                kept = {name: value for name, value in answer.headers.items() if name not in left_out}
                route.fulfill(status=answer.status_code, headers=kept, body=answer.content)

            context.route("**/*", pass_on)
            page, found = context.new_page(), list[str]()
            page.on("dialog", lambda dialog: (found.append("a dialog"), dialog.dismiss()))
            page.on("console", lambda said: found.append(said.text) if "Content Security" in said.text else None)
            page.goto(path, wait_until="load")
            found += page.evaluate(f"() => ({LIVE})(document)")
        return found
