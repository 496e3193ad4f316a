"""Who treats whom."""

from uuid import UUID

from salus.kernel.context import Context
from salus.kernel.keys import remember_key
from salus.kernel.operations import WITHIN, query

_TREATS = """
SELECT EXISTS (SELECT FROM clinical_assignments
               WHERE doctor_id = %(doctor)s AND patient_id = %(patient)s AND ended_at IS NULL) AS is_so,
       key.id AS key_id, key.wrapped
FROM (SELECT) AS one LEFT JOIN person_keys AS key ON key.person_id = %(patient)s
"""


@query(roles=WITHIN)
def treats(ctx: Context, *, doctor_id: UUID, patient_id: UUID) -> bool:
    """Whether this doctor treats this patient now. What is so stays so until the end of the transaction.

    Whoever asks goes on to write, and so the patient's key comes with the answer.
    """
    known: set[tuple[UUID, UUID]] = ctx.db.info.setdefault("treats", set())
    if (doctor_id, patient_id) not in known:
        (found,) = ctx.rows(_TREATS, {"doctor": doctor_id, "patient": patient_id})
        if found["wrapped"] is not None:
            remember_key(ctx.db, patient_id, row_id=found["key_id"], wrapped=found["wrapped"])
        if not found["is_so"]:
            return False
        known.add((doctor_id, patient_id))
    return True
