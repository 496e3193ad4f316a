"""FHIR as a format: its numbers, its dates, its patches."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.formats.fhir import faithful, moments, patching, structure
from salus.formats.fhir.faithful import NotJson
from salus.formats.fhir.indexing import folded
from salus.formats.fhir.patching import NotAPatch
from salus.formats.fhir.references import Target, target

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.booleans() | st.integers(-(10**15), 10**15) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcdef", min_size=1), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize("written", ["1.10", "17.239000", "-0.0", "1e2", "1E+400", "0.1"])
def test_a_number_stays_as_it_was_written(written: str) -> None:
    assert faithful.text(faithful.parse(f'{{"value":{written}}}')) == f'{{"value":{written}}}'


@given(VALUES)
def test_everything_else_stays_what_it_was(value: Any) -> None:
    assert json.loads(faithful.text(faithful.parse(json.dumps(value)))) == value


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"a":1,"a":2}', b'{"a":NaN}', b"[" * 50_000, b"1" * 5_000])
def test_what_is_no_json_is_refused_without_repeating_it(body: bytes) -> None:
    with pytest.raises(NotJson) as refused:
        faithful.parse(body)

    assert len(str(refused.value)) < 200


def test_no_string_becomes_a_number() -> None:
    """A NUL marks numbers while JSON is written, so no resource may hold one."""
    resource = {"resourceType": "Patient", "language": "\x001.10"}

    assert structure.faults(resource)


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("1970", 0, 365 * 86_400_000_000 - 1),
        ("1970-02", 31 * 86_400_000_000, 59 * 86_400_000_000 - 1),
        ("1970-01-01T02:00:00+02:00", 0, 999_999),
        ("1970-01-01T00:00:00.5Z", 500_000, 599_999),
        ("1970-01-01T00:00Z", 0, 59_999_999),
    ],
)
def test_a_date_is_all_that_it_may_mean(written: str, low: int, high: int) -> None:
    assert moments.stretch(written) == (low, high)


@pytest.mark.parametrize(
    "written", ["soon", "2024-13", "2024-02-30", "2024-1-1", "", "2024-01-01T25:00:00Z", 2024, None]
)
def test_what_is_no_date_means_nothing(written: object) -> None:
    assert moments.stretch(written) is None


def test_an_open_period_reaches_for_ever() -> None:
    assert moments.of_value({"start": "1970-01-01T00:00:00.000000Z"}) == (0, moments.ALWAYS)


def test_strings_are_compared_without_case_accents_and_spaces() -> None:
    assert folded("  Sørensen  Álvaro ") == folded("sørensen alvaro")


@pytest.mark.parametrize(
    ("reference", "meant"),
    [
        ("Patient/1", Target("Patient", "1")),
        ("https://salus.example/fhir/Patient/1/_history/3", Target("Patient", "1")),
        ("#contained", None),
        ("urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a", None),
        ("Patient?identifier=1", None),
    ],
)
def test_a_reference_names_a_resource_or_nothing(reference: str, meant: Target | None) -> None:
    assert target(reference) == meant


# From RFC 6902, appendix A.
@pytest.mark.parametrize(
    ("before", "steps", "after"),
    [
        ({"foo": "bar"}, [{"op": "add", "path": "/baz", "value": "qux"}], {"foo": "bar", "baz": "qux"}),
        ({"foo": ["bar", "baz"]}, [{"op": "add", "path": "/foo/1", "value": "qux"}], {"foo": ["bar", "qux", "baz"]}),
        ({"baz": "qux", "foo": "bar"}, [{"op": "remove", "path": "/baz"}], {"foo": "bar"}),
        ({"foo": ["bar", "qux", "baz"]}, [{"op": "remove", "path": "/foo/1"}], {"foo": ["bar", "baz"]}),
        ({"baz": "qux"}, [{"op": "replace", "path": "/baz", "value": "boo"}], {"baz": "boo"}),
        ({"foo": ["a", "b", "c"]}, [{"op": "move", "from": "/foo/0", "path": "/foo/2"}], {"foo": ["b", "c", "a"]}),
        ({"foo": ["bar"]}, [{"op": "add", "path": "/foo/-", "value": ["abc"]}], {"foo": ["bar", ["abc"]]}),
        ({"/": 9, "~1": 10}, [{"op": "test", "path": "/~01", "value": 10}], {"/": 9, "~1": 10}),
        ({"foo": None}, [{"op": "copy", "from": "/foo", "path": "/bar"}], {"foo": None, "bar": None}),
    ],
)
def test_a_patch_does_what_the_standard_says(before: Any, steps: Any, after: Any) -> None:
    assert patching.json_patch(steps)(before) == after


@pytest.mark.parametrize(
    "steps",
    [
        [{"op": "add", "path": "/baz/bat", "value": 1}],
        [{"op": "add", "path": "/foo/01", "value": 1}],
        [{"op": "add", "path": "/foo/9", "value": 1}],
        [{"op": "remove", "path": "/foo/-"}],
        [{"op": "remove", "path": ""}],
        [{"op": "replace", "path": "/nothing", "value": 1}],
        [{"op": "move", "from": "/foo", "path": "/foo/0"}],
        [{"op": "test", "path": "/foo", "value": ["other"]}],
        [{"op": "shake", "path": "/foo"}],
        [{"op": "add", "value": 1}],
    ],
)
def test_a_patch_that_means_nothing_changes_nothing(steps: Any) -> None:
    before = {"foo": ["bar"]}

    with pytest.raises(NotAPatch):
        patching.json_patch(steps)(before)

    assert before == {"foo": ["bar"]}


# From RFC 7396, appendix A.
@pytest.mark.parametrize(
    ("before", "patch", "after"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_an_object_is_merged_as_the_standard_says(before: Any, patch: Any, after: Any) -> None:
    assert patching.merge_patch(patch)(before) == after
