"""The pages in a real browser, under the policy of the real server."""

import json
import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from rendered import USES, environment, landing, refusal, render_text, specimen
from served import Site
from test_components import REJECTED

pytestmark = pytest.mark.browser
PAGES = {"specimen": specimen(), "rejected": specimen(REJECTED), "landing": landing(), "refusal": refusal()}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(look_at: Callable[..., Page], name: str, width: int, scheme: str) -> None:
    page = look_at(PAGES[name], width, scheme)

    found = Axe().run(page, options={"runOnly": RULES})

    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [320, 768, 1000, 2560])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways(look_at: Callable[..., Page], name: str, width: int) -> None:
    page = look_at(PAGES[name], width)

    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", PAGES)
def test_a_thumb_hits_every_button_on_a_phone(look_at: Callable[..., Page], name: str) -> None:
    page = look_at(PAGES[name], 390, has_touch=True)

    targets = page.locator(".button, .navigation a, .tabs a, .bell, .menu summary, .copy, .facet label")
    small = targets.evaluate_all(
        "all => all.filter(e => e.checkVisibility() && e.offsetHeight < 44).map(e => e.outerHTML)"
    )
    assert small == []


MANY_TABS = """{% extends "layout.html" %}{% block main %}{{ ui.tabs("Account", [("Profile", "/1", false),
  ("Sign-in and security", "/2", false), ("Linked accounts", "/3", false), ("Your data", "/4", true)])
  }}{% endblock %}"""


def test_the_open_one_of_many_tabs_is_in_sight_on_a_phone(look_at: Callable[..., Page]) -> None:
    page = look_at(render_text(MANY_TABS), 320)

    expect(page.get_by_role("link", name="Your data")).to_be_in_viewport(ratio=0.9)


def test_what_was_done_is_said_for_a_moment(look_at: Callable[..., Page]) -> None:
    page = look_at(specimen())
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()

    expect(page.get_by_text("Saved.", exact=True)).to_be_hidden(timeout=9000)


def test_the_error_summary_takes_the_focus(look_at: Callable[..., Page]) -> None:
    page = look_at(specimen(REJECTED))

    expect(page.locator(".error-summary")).to_be_focused()
    page.get_by_role("link", name="Do not use brackets.").click()
    expect(page.get_by_label("Title")).to_be_focused()


def test_declining_is_asked_once_more_and_can_be_left(look_at: Callable[..., Page], site: Site) -> None:
    page = look_at(specimen())
    page.get_by_role("button", name="Decline").click()
    expect(page.get_by_role("dialog")).to_contain_text("They are not charged")
    page.get_by_role("button", name="Go back").click()

    assert site.posted == []


def test_declining_is_done_once_when_it_is_meant(look_at: Callable[..., Page], site: Site) -> None:
    page = look_at(specimen())
    page.get_by_role("button", name="Decline").click()
    page.get_by_role("dialog").get_by_role("button", name="Decline").click()
    page.wait_for_url("**/received")

    assert site.posted == ["/requests/1/decline"]


def test_a_double_click_sends_one_form(look_at: Callable[..., Page], site: Site) -> None:
    page = look_at(specimen())
    stopped = page.evaluate(
        """() => {
            const stopped = [], agree = document.querySelector("form[action$=agree] button");
            addEventListener("submit", event => stopped.push(event.defaultPrevented));
            agree.click();
            agree.click();
            return stopped;
        }"""
    )

    assert stopped == [False, True]


def test_a_chosen_export_is_named_with_its_size_and_sent(look_at: Callable[..., Page], site: Site) -> None:
    page = look_at(specimen())
    page.get_by_label("Apple Health export", exact=True).set_input_files(
        {"name": "export.zip", "mimeType": "application/zip", "buffer": b"x" * 4200}
    )
    expect(page.get_by_text("export.zip, 4.2 kB")).to_be_visible()
    page.get_by_role("button", name="Save the offer").click()
    page.wait_for_url("**/received")
    expect(page.get_by_role("heading", level=1)).to_have_text("You decide who reads your heart.")

    assert site.posted == ["/offers"]


def test_a_slash_goes_to_the_search(look_at: Callable[..., Page]) -> None:
    page = look_at(specimen())
    page.keyboard.press("/")

    expect(page.get_by_label("Search the market")).to_be_focused()


def test_charts_are_drawn_from_their_tables(look_at: Callable[..., Page]) -> None:
    page = look_at(specimen())
    expect(page.locator(".plot canvas")).to_have_count(2)
    page.locator(".u-over").last.hover(position={"x": 60, "y": 60})

    expect(page.locator(".chart-tip:visible")).to_have_text("Heart rate182,402")


def test_the_account_menu_closes_with_escape(look_at: Callable[..., Page]) -> None:
    page = look_at(specimen())
    page.get_by_label("Account of Ada Nowak").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()


def test_without_scripts_the_words_and_the_table_remain(look_at: Callable[..., Page]) -> None:
    page = look_at(specimen(), java_script_enabled=False)
    page.get_by_text("Show as table").first.click()

    expect(page.get_by_role("cell", name=re.compile(r"^\d")).first).to_be_visible()
    expect(page.locator(".plot").first).to_be_hidden()


@pytest.mark.parametrize(("switches", "part"), [(".switch input", ""), (".toggle button", "::before")])
def test_a_switch_shows_its_state_in_forced_colours(look_at: Callable[..., Page], switches: str, part: str) -> None:
    page = look_at(specimen(), forced_colors="active")

    # Colours fade in for an instant, so the test waits for the difference; without one it fails by its timeout.
    page.wait_for_function(
        """([switches, part]) => {
            const [on, off] = document.querySelectorAll(switches);
            return getComputedStyle(on, part).backgroundColor !== getComputedStyle(off, part).backgroundColor;
        }""",
        arg=[switches, part],
    )


def test_the_api_is_read_and_tried_under_the_policy(look_at: Callable[..., Page], site: Site) -> None:
    site.pages["/v1/openapi.json"] = json.dumps(
        {
            "openapi": "3.1.0",
            "info": {"title": "Salus", "version": "1"},
            "paths": {"/v1/offers": {"get": {"summary": "Offers", "responses": {}}}},
        }
    )
    page = look_at(environment().get_template("docs.html").render())

    expect(page.get_by_text("/v1/offers")).to_be_visible()


def test_charts_are_seen_in_forced_colours(look_at: Callable[..., Page]) -> None:
    page = look_at(specimen(), forced_colors="active", scheme="dark")
    canvas = page.locator(".plot canvas").last
    expect(canvas).to_be_visible()

    pixels = "c.getContext('2d').getImageData(0, 0, c.width, c.height).data"
    bright = canvas.evaluate(f"c => {pixels}.filter((value, i) => i % 4 == 1 && value > 150).length")
    assert bright > 1000


POLLING = (
    '{% extends "layout.html" %}{% block main %}<h1>Import</h1>'
    '{{ ui.progress("import", "Reading", value=10, poll="/progress") }}{% endblock %}'
)


def test_progress_is_asked_for_until_it_is_done(look_at: Callable[..., Page], site: Site) -> None:
    page = look_at(render_text(POLLING))
    expect(page.get_by_text("10 %")).to_be_visible()
    site.pages["/progress"] = render_text(USES + '{{ ui.progress("import", "All read", value=100) }}')

    expect(page.get_by_text("All read")).to_be_visible()
    expect(page.locator("[hx-get]")).to_have_count(0)


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_what_goes_wrong_in_the_background_leaves_the_page_and_says_so_once(
    look_at: Callable[..., Page], site: Site, status: int
) -> None:
    page = look_at(render_text(POLLING))
    site.pages["/progress"] = refusal()
    site.status = status

    expect(page.get_by_text("That did not work.")).to_be_visible()
    page.wait_for_timeout(2500)
    expect(page.get_by_text("That did not work.")).to_have_count(1)
    expect(page.get_by_role("heading", level=1)).to_have_text("Import")


FILTERS = (
    '{% extends "layout.html" %}{% block main %}<h1>Market</h1><div id="found">'
    '<details class="filters" open><summary>Filters</summary>'
    '<a href="#" hx-get="/page" hx-target="#found" hx-select="#found" hx-swap="outerHTML">Clear</a>'
    "</details></div>{% endblock %}"
)


def test_filters_are_folded_on_a_phone_and_stay_as_they_were_left(look_at: Callable[..., Page]) -> None:
    page = look_at(render_text(FILTERS), 390)
    expect(page.get_by_text("Clear")).to_be_hidden()
    page.get_by_text("Filters").click()
    page.get_by_text("Clear").click()
    expect(page.locator(".filters")).to_have_count(1)

    expect(page.get_by_text("Clear")).to_be_visible()


def test_filters_stand_open_beside_a_list(look_at: Callable[..., Page]) -> None:
    expect(look_at(render_text(FILTERS)).get_by_text("Clear")).to_be_visible()


def test_months_are_bars_in_their_order_and_not_moments(look_at: Callable[..., Page]) -> None:
    page = look_at(
        render_text(
            '{% extends "layout.html" %}{% block main %}<h1>Months</h1>{% set points = [] %}{% for n in range(96) %}'
            '{% set _ = points.append(("20%02d-%02d" | format(20 + n // 12, n % 12 + 1), n)) %}{% endfor %}'
            '{{ ui.chart("Samples by month", "Month", ["Samples"], points, kind="bar") }}{% endblock %}'
        ),
        390,
    )
    expect(page.locator(".plot canvas")).to_be_visible()
    page.locator(".u-over").hover(position={"x": 2, "y": 30})

    expect(page.locator(".chart-tip:visible")).to_contain_text("2020-01")
