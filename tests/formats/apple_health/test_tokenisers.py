"""The fast tokeniser and the exact one say the same about any XML, and neither trusts lines."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salus.formats.apple_health import Summary, expat, interning, reader, scanner
from salus.formats.apple_health.tokens import ELEMENTS, SLOTS, Status, Tokens
from tests.formats.apple_health.conftest import HEAD, STEPS, record, xml

Read = Callable[..., tuple[Summary, dict[str, pa.Table]]]

_TEXT = st.text(st.characters(min_codepoint=32, exclude_characters="<&\"'", exclude_categories=["Cs"]), max_size=12)
_SPACE = st.sampled_from(["", " ", "\n", "\r\n\t", "  "])
_NAMES = st.sampled_from([*SLOTS, "workoutActivityType", "duration", "newName"])


@st.composite
def _elements(draw: st.DrawFn, depth: int = 2) -> str:
    name = draw(st.sampled_from([*ELEMENTS, "Workout", "Correlation", "Novelty"]))
    attributes = draw(st.dictionaries(_NAMES, _TEXT, max_size=5))
    quote = draw(st.sampled_from(["'", '"']))
    written = "".join(
        f"{draw(_SPACE) or ' '}{key}{draw(_SPACE)}={draw(_SPACE)}{quote}{value}{quote}"
        for key, value in attributes.items()
    )
    if depth == 0 or draw(st.booleans()):
        return f"<{name}{written}{draw(_SPACE)}/>"
    noise = st.sampled_from(["", "\n", "text", "<!-- <Record value='9'/> -->", "<?a b?>", "<![CDATA[<Record/>]]>"])
    inside = "".join(draw(st.lists(_elements(depth=depth - 1) | noise, max_size=3)))
    return f"<{name}{written}>{inside}</{name}{draw(_SPACE)}>"


def plainly(tokens: Tokens) -> list[object]:
    """Tokens with their texts instead of positions."""
    buffer = tokens.buffer.tobytes()

    def text(start: int, end: int) -> str | None:
        # An XML parser reads any white space in an attribute as a space; the fast tokeniser leaves that to `text`.
        return None if start < 0 else buffer[start:end].decode().replace("\r\n", " ").translate({9: 32, 10: 32, 13: 32})

    others: dict[int, list[object]] = {}
    for row, a, b, c, d in tokens.others.tolist():
        others.setdefault(row, []).append((text(a, b), text(c, d)))
    return [
        (
            text(*tokens.names[row].tolist()),
            int(tokens.kinds[row]),
            int(tokens.parents[row]),
            [text(int(a), int(b)) for a, b in zip(tokens.starts[row], tokens.ends[row], strict=True)],
            others.get(row, []),
        )
        for row in range(len(tokens))
    ]


@given(st.lists(_elements(), max_size=4), _SPACE)
@settings(max_examples=200, deadline=None)
def test_both_tokenisers_find_the_same_elements(found: list[str], space: str) -> None:
    buffer = np.frombuffer((space.join(found) + "</HealthData>").encode(), np.uint8)

    fast, fast_end, fast_status = scanner.tokenise(buffer, 0)
    exact, exact_end, exact_status = expat.tokenise(buffer, 0)

    assert fast_status is exact_status is Status.END
    assert fast_end == exact_end
    assert plainly(fast) == plainly(exact)


@given(st.lists(_elements(), min_size=1, max_size=3), st.data())
@settings(max_examples=100, deadline=None)
def test_a_cut_anywhere_leaves_whole_elements_and_the_place_to_go_on(found: list[str], data: st.DataObject) -> None:
    whole = ("".join(found) + "</HealthData>").encode()
    cut = data.draw(st.integers(0, len(whole) - 1))

    for tokeniser in (scanner, expat):
        first, reached, status = tokeniser.tokenise(np.frombuffer(whole[:cut], np.uint8), 0)
        rest, _, _ = tokeniser.tokenise(np.frombuffer(whole[reached:], np.uint8), 0)
        both, _, _ = tokeniser.tokenise(np.frombuffer(whole, np.uint8), 0)

        assert status is Status.MORE or whole.startswith(b"</", reached)
        assert [row[0] for row in plainly(first) + plainly(rest)] == [row[0] for row in plainly(both)]


@given(st.lists(st.none() | st.binary(max_size=20), max_size=40))
@settings(max_examples=100, deadline=None)
def test_equal_texts_get_equal_codes(texts: list[bytes | None]) -> None:
    buffer = np.frombuffer(b"".join(text or b"" for text in texts) + b"!", np.uint8)
    ends = np.cumsum([len(text or b"") for text in texts], dtype=np.int32)
    starts = np.array(
        [end - len(text) if text is not None else -1 for text, end in zip(texts, ends, strict=True)], np.int32
    )

    for interner in (interning, expat):
        codes, firsts = interner.intern(buffer, starts, ends.astype(np.int32))

        assert [None if code < 0 else texts[firsts[code]] for code in codes] == texts
        assert len({texts[first] for first in firsts}) == len(firsts)


@pytest.mark.parametrize(
    "broken", ["<Record value='1<'/>", "<Record value=1/>", "<Record value='1' value='2'/>", "<A></B>"]
)
def test_where_it_is_not_certain_the_fast_tokeniser_stops_before_the_element(broken: str) -> None:
    buffer = np.frombuffer(f"<Record value='0'/>{broken}<Record value='2'/>".encode(), np.uint8)

    tokens, reached, status = scanner.tokenise(buffer, 0)

    assert (len(tokens), reached, status) == (1, len("<Record value='0'/>"), Status.UNSURE)


@pytest.mark.usefixtures("either_way")
def test_damage_in_the_middle_costs_only_the_damaged_entry(read: Read) -> None:
    summary, tables = read(xml(record(1), "<Record type=broken <<", record(2, second=2), "<Oops", record(3, second=3)))

    assert tables[STEPS].column("value").to_pylist() == [1, 2, 3]
    assert any(note.startswith("Damaged entries") and note.endswith(": 2.") for note in summary.notes)


def test_what_the_fast_tokeniser_declines_the_exact_one_reads(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "SMALL_FILE_BYTES", -1)
    deep = "<Novelty>" * 20 + "</Novelty>" * 20

    summary, tables = read(xml(record(1), deep, record(2, second=1)))

    assert tables[STEPS].num_rows == 2
    assert tables["Novelty"].num_rows == 1
    assert summary.notes == ()


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize("chunk", [64, 300, 1_000])
def test_the_size_of_the_chunks_changes_nothing(read: Read, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(reader, "CHUNK_BYTES", chunk)
    monkeypatch.setattr("salus.formats.apple_health.export._PIECE", chunk)
    wanted = [record(value, second=value, inside='<MetadataEntry key="k" value="v"/>') for value in range(50)]

    summary, tables = read(xml(*wanted, "<!-- <Record/> -->"))

    assert tables[STEPS].column("value").to_pylist() == list(range(50))
    assert set(map(tuple, tables[STEPS].column("metadata").to_pylist())) == {(("k", "v"),)}
    assert summary.notes == ()


@pytest.mark.usefixtures("either_way")
def test_a_file_cut_off_between_two_entries_is_said_to_be_cut_off(read: Read) -> None:
    summary, tables = read((HEAD + record(1)).encode())

    assert tables[STEPS].num_rows == 1
    assert any("ends in the middle" in note for note in summary.notes)
