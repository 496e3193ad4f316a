"""Who treats whom."""

from uuid import UUID

from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, query

_TREATS = """
SELECT FROM clinical_assignments WHERE doctor_id = %(doctor)s AND patient_id = %(patient)s AND ended_at IS NULL
"""


@query(roles=WITHIN)
def treats(ctx: Context, *, doctor_id: UUID, patient_id: UUID) -> bool:
    """Whether this doctor treats this patient now."""
    return bool(ctx.rows(_TREATS, {"doctor": doctor_id, "patient": patient_id}))
