"""What a person meets on any page: seen as markup here, and in a real browser in test_looks.py."""

import re
from collections import Counter

import pytest
from jinja2 import UndefinedError
from rendered import Form, environment, landing, refusal, render, specimen

REJECTED = Form(
    values={"title": "Two <years>", "password": "a secret sentence", "types": ["glucose"], "also": ["COL"]},
    errors={"title": "Do not use brackets.", "terms": "Choose one.", "": "Nothing was saved."},
)
PAGES = {"specimen": specimen(), "rejected": specimen(REJECTED), "landing": landing(), "refusal": refusal()}


def element(html: str, tag: str, name: str) -> str:
    found = re.search(rf'<{tag}\b[^>]*\bname="{name}"[^>]*>', html)
    assert found, f"no {tag} called {name}"
    return found[0]


@pytest.mark.parametrize("name", PAGES)
def test_no_page_asks_the_browser_to_run_or_style_anything_inline(name: str) -> None:
    html = PAGES[name]

    assert not re.search(r'\sstyle="|<style|\son[a-z]+="|javascript:', html)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))


@pytest.mark.parametrize("name", PAGES)
def test_every_id_names_one_element(name: str) -> None:
    doubled = [name for name, count in Counter(re.findall(r'\bid="([^"]+)"', PAGES[name])).items() if count > 1]

    assert doubled == []


def test_a_rejected_form_keeps_what_was_typed() -> None:
    html = specimen(REJECTED)

    assert 'value="Two &lt;years&gt;"' in element(html, "input", "title")


def test_a_rejected_form_does_not_repeat_the_password() -> None:
    assert "a secret sentence" not in specimen(REJECTED)


def test_a_rejected_form_keeps_switches_as_they_were_set() -> None:
    switches = re.findall(r'<input type="checkbox" role="switch"[^>]*value="(\w+)"( checked)?', specimen(REJECTED))

    assert switches == [("hr", ""), ("glucose", " checked")]


def test_an_error_is_told_at_its_field_and_in_the_summary() -> None:
    html = specimen(REJECTED)
    title = element(html, "input", "title")

    assert '<a href="#field-title">Do not use brackets.</a>' in html
    assert 'aria-invalid="true"' in title
    assert 'aria-describedby="field-title-hint field-title-error"' in title
    assert re.search(r'id="field-title-error">.*Do not use brackets\.', html)


def test_an_error_of_the_whole_form_links_nowhere() -> None:
    assert "<li>Nothing was saved.</li>" in specimen(REJECTED)


def test_a_group_of_choices_is_reached_from_its_error() -> None:
    assert len(re.findall(r'<input type="radio" name="terms"[^>]*id="field-terms"', specimen(REJECTED))) == 1


def test_every_form_that_changes_something_carries_the_token() -> None:
    for form in re.findall(r'<form method="post".*?</form>', specimen(), re.DOTALL):
        assert 'name="csrf_token" value="token-of-this-session"' in form


def test_a_stranger_is_offered_an_account_and_no_menu() -> None:
    html = landing()

    assert 'href="/sign-up"' in html
    assert "/sign-out" not in html


def test_the_reference_is_shown_where_something_was_refused() -> None:
    assert "0193a1c27b4e7d10a9a5f2d3c4b5a697" in refusal()
    assert "0193a1c27b4e7d10a9a5f2d3c4b5a697" not in specimen()


def test_what_people_write_is_never_markup() -> None:
    html = refusal(title="<script>alert(1)</script>")

    assert "<script>alert" not in html


def test_a_page_that_forgets_a_value_fails_instead_of_showing_nothing() -> None:
    with pytest.raises(UndefinedError):
        render("refusal.html")


def test_the_parts_of_a_price_fill_its_bar() -> None:
    widths = [float(width) for width in re.findall(r'<rect class="\w+" x="[\d.]+" y="0" width="([\d.]+)"', specimen())]

    assert sum(widths) == pytest.approx(100 - 3 * 0.4, abs=0.01)


def test_a_price_of_nothing_divides_without_fault() -> None:
    template = environment().from_string(
        '{% import "components.html" as ui with context %}'
        '{% set free = namespace(amount=0, currency="EUR") %}{{ ui.split("Price", free, [("Yours", free, "ours")]) }}'
    )

    assert "€0.00" in template.render(form=Form(), csrf_token="t")
