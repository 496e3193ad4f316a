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

ODD = [
    "",
    "é",
    "\U0001f600",
    '"\\/',
    "\x01\x1f\x7f\x80",
    "\b\f\n\r\t",
    "\u2028\ufeff",
    "</script>",
    "%s",
    "1.0",
    "null",
]
OLD_RECORD = """
SELECT '018f0000-0000-7000-8000-000000000001'::uuid AS id, '018f0000-0000-7000-8000-000000000002'::uuid AS tenant_id,
       '2026-11-24 06:00:00.5+01'::timestamptz AS created_at, 'consent.give' AS operation, 'done' AS outcome,
       NULL::uuid AS actor_id, '{person,seller}'::text[] AS actor_roles, NULL::uuid AS organisation_id,
       'consents' AS subject_type, '018f0000-0000-7000-8000-000000000003'::uuid AS subject_id, NULL::uuid AS person_id,
       NULL::uuid AS consent_id, NULL::text AS purpose, 'c1' AS correlation_id, 'web' AS channel,
       '192.0.2.0/24' AS network, '{}'::text[] AS fields, '{"types": 3, "a": 1.50}'::jsonb AS facts,
       '4711'::xid8 AS transaction
"""


def test_an_entry_is_written_as_rfc_8785_says(tenant: UUID, recorder: Recorder) -> None:
    with recorder.transaction() as connection:
        record_id = recorder.record(connection, operation="".join(ODD), purpose=None, fields=ODD)
        ((entry,),) = connection.execute(f"SELECT {rules.ENTRY_SQL} FROM records r").fetchall()

    assert entry.encode() == rfc8785.dumps(json.loads(entry))
    told = json.loads(entry)
    assert (told["operation"], told["purpose"], told["fields"]) == ("".join(ODD), None, ODD)
    assert told["id"] == str(record_id)


def test_an_entry_holds_every_column_of_a_record() -> None:
    assert list(rules.ENTRY) == sorted({column.name for column in Record.__table__.columns} | {"form"})


def test_the_form_of_an_entry_never_changes(tenant: UUID, recorder: Recorder) -> None:
    with recorder.transaction() as connection:
        ((entry,),) = connection.execute(f"SELECT {rules.ENTRY_SQL} FROM ({OLD_RECORD}) AS r").fetchall()

    assert rules.leaf(entry).hex() == "b3e1f989c7d527c591275a53f1ad0f7a55a4190112620df2d4d4227d6f29ea50"


def test_a_record_is_written_down_the_same_in_every_session(tenant: UUID, recorder: Recorder) -> None:
    recorder.record()
    entries = set()
    for setting in ("TimeZone = 'Asia/Kolkata'", "DateStyle = 'German'", "TimeZone = 'UTC'", "lc_time = 'C'"):
        with recorder.transaction() as connection:
            connection.execute(f"SET LOCAL {setting}")
            ((entry,),) = connection.execute(f"SELECT {rules.ENTRY_SQL} FROM records r").fetchall()
            entries.add(entry)

    (entry,) = entries
    assert '"created_at":"20' in entry
    assert '"facts":"{\\"why\\": \\"é\\", \\"types\\": 3}"' in entry


@given(st.integers(0, 70), st.integers(1, 40), st.data())
def test_a_place_is_proven_from_its_batch_as_from_all_leaves(before: int, batch: int, data: st.DataObject) -> None:
    leaves = [leaf_hash(str(number).encode()) for number in range(before + batch)]
    index = data.draw(st.integers(before, before + batch - 1))

    path = rules.path(index, Frontier().extend(leaves[:before]), leaves[before:])

    assert list(path) == inclusion_proof(leaves.__getitem__, index, before + batch)
