"""What a person takes with them: their appointments, their insurance and their clinical records, in words."""

import json
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from salus.exchanges.appointments.models import Appointment
from salus.exchanges.appointments.queries.bookings import Booked, booked
from salus.kernel.context import Context
from salus.kernel.operations import WITHIN, query
from salus.shared.clinical.models import Clinical
from salus.shared.insurance.models import Coverage, Insurer
from salus.shared.privacy.rules.parts import Exported


@query(roles=WITHIN)
def exported(ctx: Context, person_id: UUID) -> list[Exported]:
    """A patient's appointments and insurance as JSON, and their records as FHIR: one resource a line (NDJSON)."""
    mine = select(Appointment).where(Appointment.patient_id == person_id).order_by(Appointment.starts_at)
    visits = [_visit(each) for each in booked(ctx, ctx.db.scalars(mine).all())]
    insured = select(Coverage, Insurer.name).join(Insurer, Insurer.id == Coverage.insurer_id)
    covered = ctx.db.execute(insured.where(Coverage.person_id == person_id).order_by(Coverage.id)).all()
    records = select(Clinical).where(Clinical.person_id == person_id, Clinical.deleted_at.is_(None))
    return [
        *_json("appointments/appointments.json", visits),
        *_json("appointments/insurance.json", [_insurance(coverage, insurer) for coverage, insurer in covered]),
        *_lines("appointments/records.ndjson", ctx.db.scalars(records.order_by(Clinical.id)).all()),
    ]


@query(roles=WITHIN)
def obligations(ctx: Context, person_id: UUID) -> list[str]:
    """Nothing: what is still to come is cancelled, and whoever it is with is told."""
    return []


def _visit(its: Booked) -> dict[str, Any]:
    appointment = its.appointment
    return {
        "doctor": its.doctor,
        "visit": its.visit,
        "place": ", ".join([its.place.name, *its.place.address_lines, its.place.city]) if its.place else None,
        "starts": appointment.starts_at.astimezone(its.clock).isoformat(),
        "ends": appointment.ends_at.astimezone(its.clock).isoformat(),
        "time_zone": appointment.zone,
        "state": appointment.state.value,
        "price": str(appointment.price),
        "paid_by": appointment.payer.value,
        "reason": appointment.reason,
        "cancelled_because": appointment.cancelled_because,
    }


def _insurance(coverage: Coverage, insurer: str) -> dict[str, Any]:
    return {
        "insurer": insurer,
        "member_number": coverage.member_number,
        "plan": coverage.plan,
        "valid_from": coverage.valid_from,
        "valid_until": coverage.valid_until,
        "removed_at": coverage.removed_at,
    }


def _json(path: str, found: Sequence[dict[str, Any]]) -> Iterator[Exported]:
    if found:
        yield Exported(path, [json.dumps(found, indent=2, ensure_ascii=False, default=str).encode()])


def _lines(path: str, found: Sequence[Clinical]) -> Iterator[Exported]:
    if found:
        # Opened at once: whoever writes the archive does so after this context has ended.
        yield Exported(path, [f"{each.content}\n".encode() for each in found])
