"""Bringing data in: what is odd is read, what is hostile is refused with words that help, and nothing is lost."""

import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from salus.exchanges.health_data import reactions
from salus.exchanges.health_data.actions import imports as actions
from salus.exchanges.health_data.models import ImportState, Series
from salus.exchanges.health_data.queries import imports
from salus.exchanges.health_data.rules import NotYourTurn
from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from tests.exchanges.health_data.scene import STEPS, Trade, export

HEAD = '<?xml version="1.0"?><HealthData locale="en_GB"><ExportDate value="2026-06-30 10:00:00 +0200"/>'
RECORD = (
    '<Record type="{type}" sourceName="Pia’s iPhone" unit="count" startDate="{day} 09:00:00 +0200" '
    'endDate="{day} 09:05:00 +0200" value="{value}"/>'
)


def zipped(xml: str, name: str = "apple_health_export/export.xml") -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, xml)
    return content.getvalue()


def of(*records: tuple[str, str, int]) -> bytes:
    lines = "".join(RECORD.format(type=type_, day=day, value=value) for type_, day, value in records)
    return zipped(f"{HEAD}{lines}</HealthData>")


def series_of(trade: Trade) -> dict[str, Series]:
    with Context(trade.seller, trade.tenant) as ctx:
        return {one.code: one for one in imports.my_series(ctx)}


def bomb() -> bytes:
    return zipped(HEAD + "<!-- " + "x" * (600 << 20) + " --></HealthData>")


LAUGHS = HEAD.replace("<HealthData", '<!DOCTYPE HealthData [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><HealthData')
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "not a zip": (lambda: b"%PDF-1.7 this is a letter", "neither a zip"),
    "nothing at all": (lambda: b"\n", "nothing was written"),
    "a truncated zip": (lambda: of((STEPS, "2026-06-01", 10))[:-40], "cut off or damaged"),
    "a zip without an export": (lambda: zipped("hello", "letter.txt"), "no Apple Health export"),
    "a path out of the folder": (
        lambda: zipped(HEAD + "</HealthData>", "../../etc/export.xml"),
        "outside its own folder",
    ),
    "a billion laughs": (lambda: zipped(LAUGHS + '<Record type="&b;"/></HealthData>'), "XML entities"),
    "an external entity": (
        lambda: zipped(
            HEAD.replace("<HealthData", '<!DOCTYPE H [<!ENTITY x SYSTEM "file:///etc/passwd">]><HealthData')
        ),
        "XML entities",
    ),
    "an export without records": (lambda: zipped(HEAD + "</HealthData>"), "not a single measurement"),
    "a zip bomb": (bomb, "unpack to far more"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_that_is_no_usable_export_is_refused_in_words_that_help(trade: Trade, what: str) -> None:
    make, words = REFUSED[what]

    arrived = trade.bring_in(make())

    assert arrived.state is ImportState.REFUSED
    assert words in (arrived.problem or "")
    assert "Health app" in (arrived.problem or "") or "your iPhone" in (arrived.problem or "")
    assert series_of(trade) == {}


def test_a_refused_file_is_removed(trade: Trade, owner_sql: Callable[..., list[tuple[Any, ...]]]) -> None:
    arrived = trade.bring_in(b"not a zip")

    assert owner_sql("SELECT state FROM files WHERE id = :id", trade.tenant, id=arrived.file_id) == [("removed",)]


def test_each_sample_is_counted_once(trade: Trade) -> None:
    arrived = trade.bring_in(of((STEPS, "2026-06-01", 10), (STEPS, "2026-06-01", 10), (STEPS, "2026-06-02", 5)))

    assert (arrived.records, arrived.duplicates) == (2, 1)
    assert series_of(trade)[STEPS].months == {"2026-06": 2}


def test_a_type_nobody_knows_is_kept_and_said_to_be_unknown(trade: Trade) -> None:
    trade.bring_in(of(("HKQuantityTypeIdentifierMoonlight", "2026-06-01", 1)))

    series = series_of(trade)["HKQuantityTypeIdentifierMoonlight"]
    assert (series.is_known, series.name) == (False, "Moonlight (unknown type)")


def test_samples_of_the_future_are_kept_and_said_to_be_so(trade: Trade) -> None:
    trade.bring_in(of((STEPS, "2031-01-01", 10), (STEPS, "2026-06-01", 10)))

    assert series_of(trade)[STEPS].future == 1


def test_the_broken_definitions_of_ios_16_do_no_harm(trade: Trade, samples: Path) -> None:
    arrived = trade.bring_in((samples / "health/synthetic/odd_apple/broken_dtd_ios16.xml").read_bytes())

    assert (arrived.state, arrived.records) == (ImportState.DONE, 40)


def test_a_newer_export_takes_the_place_of_the_older_and_keeps_the_switches(trade: Trade) -> None:
    trade.bring_in(of((STEPS, "2026-06-01", 10)))
    trade.switch_on(STEPS)

    trade.bring_in(of((STEPS, "2026-06-01", 10), (STEPS, "2026-06-02", 10)))

    series = series_of(trade)[STEPS]
    assert (series.count, series.is_shared) == (2, True)


def test_every_type_begins_switched_off(trade: Trade) -> None:
    trade.bring_in()

    assert not any(series.is_shared for series in series_of(trade).values())


def test_an_export_that_was_read_is_not_read_again(trade: Trade) -> None:
    arrived = trade.bring_in()

    with pytest.raises(NotYourTurn), Context(trade.seller, trade.tenant) as ctx:
        actions.read_again(ctx, imports.arrived(ctx, arrived.id))


def test_nobody_sees_what_another_person_brought_in(trade: Trade, paul: Actor) -> None:
    arrived = trade.bring_in()
    series = series_of(trade)[STEPS]

    with Context(paul, trade.tenant) as ctx:
        assert imports.imports(ctx) == []
        assert imports.my_series(ctx) == []
        for question in (
            lambda: imports.arrived(ctx, arrived.id),
            lambda: imports.one_series(ctx, series.id),
            lambda: imports.preview(ctx, series),
            lambda: actions.switch(ctx, series, on=True),
        ):
            with pytest.raises(NotFound):
                question()


def test_the_preview_shows_no_name_of_the_person_or_their_devices(trade: Trade) -> None:
    trade.bring_in(export(trade.folder))

    with Context(trade.seller, trade.tenant) as ctx:
        for series in imports.my_series(ctx):
            seen = imports.preview(ctx, series)
            assert "Pia" not in str(seen.rows), series.name


def test_a_reading_shows_all_or_nothing(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(reactions.imports, "finish_reading", die)
    arrived = trade.bring_in()

    assert arrived.state is ImportState.READING
    assert series_of(trade) == {}
    monkeypatch.undo()
    with Context(trade.seller, trade.tenant) as ctx:
        actions.read_again(ctx, imports.arrived(ctx, arrived.id))
    assert trade.finished(arrived).state is ImportState.DONE
