"""What is hashed is a form that anyone can write, and every place in the log can be proven."""

import json
from uuid import UUID

import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from recorder import Recorder

from salus.formats.transparency import Frontier, inclusion_proof, leaf_hash
from salus.kernel.records import Record
from salus.shared.records import rules

text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
values = st.tuples(*[st.none() | text | st.lists(text)] * len(rules.ENTRY))


@given(values)
def test_an_entry_is_written_as_rfc_8785_says(values: tuple[rules.Value, ...]) -> None:
    written = rules.entry(values)

    assert written == rfc8785.dumps(json.loads(written))
    assert json.loads(written) == {**dict(zip(rules.ENTRY, values, strict=True)), "form": "salus/record@1"}


def test_an_entry_holds_every_column_of_a_record() -> None:
    assert set(rules.ENTRY) == {column.name for column in Record.__table__.columns}


def test_the_form_of_an_entry_never_changes() -> None:
    row = [f"<{name}>" for name in rules.ENTRY]

    assert rules.leaf(row).hex() == "147e2e499d31c85559917fa680f219d8b3196a8dd86cf94b4ce101a80a0c96df"


def test_a_record_is_written_down_the_same_in_every_session(tenant: UUID, recorder: Recorder) -> None:
    recorder.record()
    entries = set()
    for setting in ("TimeZone = 'Asia/Kolkata'", "DateStyle = 'German'", "TimeZone = 'UTC'", "lc_time = 'C'"):
        with recorder.transaction() as connection:
            connection.execute(f"SET LOCAL {setting}")
            (row,) = connection.execute(f"SELECT {rules.ENTRY_SQL} FROM records r").fetchall()
            entries.add(rules.entry(row))

    (entry,) = entries
    assert b'"created_at":"20' in entry
    assert b'"facts":"{\\"why\\": \\"\xc3\xa9\\", \\"types\\": 3}"' in entry


@given(st.integers(0, 70), st.integers(1, 40), st.data())
def test_a_place_is_proven_from_its_batch_as_from_all_leaves(before: int, batch: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(str(number).encode()) for number in range(before + batch)]
    index = data.draw(st.integers(before, before + batch - 1))

    path = rules.path(index, Frontier().extend(leaves[:before]), leaves[before:])

    assert list(path) == inclusion_proof(leaves.__getitem__, index, before + batch)
