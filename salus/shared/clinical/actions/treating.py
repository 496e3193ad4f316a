"""Beginning and ending that a doctor treats a patient."""

from uuid import UUID

from sqlalchemy import update

from salus.kernel.context import Context
from salus.kernel.ids import new_id
from salus.kernel.operations import WITHIN, action
from salus.shared.clinical.models import Assignment

_ASSIGN = """
INSERT INTO clinical_assignments (id, patient_id, doctor_id, began_at)
VALUES (%(id)s, %(patient_id)s, %(doctor_id)s, %(now)s) ON CONFLICT DO NOTHING RETURNING id
"""


@action(roles=WITHIN, told="was given access to your clinical record")
def assign(ctx: Context, *, patient_id: UUID, doctor_id: UUID) -> None:
    """Let a doctor see a patient's record from now on. Asked again, it stays as it is."""
    ctx.rows(_ASSIGN, {"id": new_id(), "patient_id": patient_id, "doctor_id": doctor_id, "now": ctx.now})
    ctx.tell(person_id=patient_id, doctor_id=str(doctor_id))


@action(roles=WITHIN, told="lost access to your clinical record")
def unassign(ctx: Context, *, patient_id: UUID, doctor_id: UUID) -> None:
    """Take that back: from now on the doctor sees only what they wrote themselves."""
    both = (Assignment.patient_id == patient_id) & (Assignment.doctor_id == doctor_id) & Assignment.ended_at.is_(None)
    ctx.db.execute(update(Assignment).where(both).values(ended_at=ctx.now))
    ctx.tell(person_id=patient_id, doctor_id=str(doctor_id))
