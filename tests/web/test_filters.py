"""How values look to people."""

import os
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from rendered import Money

from salus.web import filters


def test_money_is_shown_in_its_currency() -> None:
    assert filters.money(Money(1250, "EUR")) == "€12.50"
    assert filters.money(Money(123456789, "GBP")) == "£1,234,567.89"
    assert filters.money(Money(-5, "EUR")) == "-€0.05"


def test_a_currency_without_cents_shows_none() -> None:
    assert filters.money(Money(1250, "JPY")) == "JP¥1,250"


def test_a_moment_is_shown_in_utc_wherever_it_was() -> None:
    warsaw = datetime(2026, 11, 24, 15, 5, tzinfo=timezone(timedelta(hours=1)))

    assert filters.moment(warsaw) == '<time datetime="2026-11-24T14:05:00+00:00">24 Nov 2026, 14:05 UTC</time>'


def test_a_moment_without_a_zone_is_no_moment() -> None:
    with pytest.raises(ValueError, match="time zone"):
        filters.moment(datetime(2026, 11, 24, 14, 5))  # noqa: DTZ001 - a naive one is the point


def test_a_day_of_a_moment_is_its_day_in_utc() -> None:
    late_in_new_york = datetime(2026, 11, 24, 22, 0, tzinfo=timezone(timedelta(hours=-5)))

    assert filters.day(late_in_new_york) == '<time datetime="2026-11-25">25 Nov 2026</time>'
    assert filters.day(date(2026, 5, 1)) == '<time datetime="2026-05-01">1 May 2026</time>'


def test_numbers_are_grouped() -> None:
    assert [filters.number(value) for value in (1234, 0, 0.256, -70211)] == ["1,234", "0", "0.26", "-70,211"]


def test_words_follow_their_count() -> None:
    assert filters.plural(1, "record") == "1 record"
    assert filters.plural(1204, "record") == "1,204 records"
    assert filters.plural(0, "person", "people") == "0 people"


def test_sizes_are_shown_as_file_managers_do() -> None:
    assert [filters.size(octets) for octets in (0, 999, 4_200, 9_950_000, 2_000_000_000, 5 * 10**12)] == [
        "0 bytes",
        "999 bytes",
        "4.2 kB",
        "10 MB",
        "2 GB",
        "5,000 GB",
    ]


def test_a_line_fills_its_box_from_the_lowest_to_the_highest() -> None:
    assert filters.polyline([5, 10, 0], width=100, height=20) == "0.0,10.0 50.0,0.0 100.0,20.0"


def test_a_flat_line_runs_through_the_middle() -> None:
    assert filters.polyline([7, 7], width=10, height=20) == "0.0,10.0 10.0,10.0"


def test_one_value_is_no_line() -> None:
    assert filters.polyline([7]) == ""


def test_a_changed_file_gets_a_new_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "STATIC", tmp_path)
    sheet = tmp_path / "a.css"
    sheet.write_text("a{}")
    before = filters.asset("a.css")
    sheet.write_text("b{}")
    # The clock of a fast file system may not have moved between two writes.
    moved = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
    os.utime(sheet, (moved, moved))

    assert before.startswith("/static/a.css?v=")
    assert filters.asset("a.css") != before


def test_a_time_elsewhere_names_its_zone_and_how_far_it_is_from_utc() -> None:
    at = datetime(2026, 11, 30, 7, 30, tzinfo=UTC)

    assert ">Mon 30 Nov 2026, 09:30 Helsinki time (UTC+2)<" in filters.local(at, "Europe/Helsinki")
    assert ">Mon 30 Nov 2026, 13:00 Kolkata time (UTC+5:30)<" in filters.local(at, "Asia/Kolkata")
    assert ">Mon 30 Nov 2026, 04:00 St Johns time (UTC-3:30)<" in filters.local(at, "America/St_Johns")
    assert filters.clock(at, "UTC").endswith(">07:30</time>")
