"""Doctors, visits and appointments as FHIR R4 writes them (hl7.org/fhir/R4). Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from salus.exchanges.appointments.models import Appointment, Doctor, Mode, VisitType
from salus.exchanges.appointments.rules.specialties import SPECIALTIES, SYSTEM
from salus.exchanges.appointments.rules.times import Time
from salus.kernel.errors import NotFound
from salus.shared.calendar.models import Location
from salus.shared.people.models import Organisation

Resource = dict[str, Any]
LANGUAGES = "urn:ietf:bcp:47"
SERVICE_MODES = {Mode.IN_PERSON: "in-person", Mode.VIDEO: "video", Mode.PHONE: "phone"}


def patient(person_id: UUID, name: str) -> Resource:
    return {"resourceType": "Patient", "id": str(person_id), "active": True, "name": [{"text": name}]}


def organization(practice: Organisation) -> Resource:
    return {
        "resourceType": "Organization",
        "id": str(practice.id),
        "active": True,
        "type": [_coded("http://terminology.hl7.org/CodeSystem/organization-type", "prov", "Healthcare Provider")],
        "name": practice.name,
    }


def location(place: Location) -> Resource:
    address: Resource = {"line": place.address_lines, "city": place.city, "country": place.country}
    if place.postal_code:
        address["postalCode"] = place.postal_code
    return {
        "resourceType": "Location",
        "id": str(place.id),
        "status": "inactive" if place.retired_at else "active",
        "name": place.name,
        "mode": "instance",
        "address": {name: value for name, value in address.items() if value},
        "managingOrganization": _reference("Organization", place.organisation_id),
    }


def practitioner(doctor: Doctor) -> Resource:
    person: Resource = {
        "resourceType": "Practitioner",
        "id": str(doctor.person_id),
        "active": doctor.published_at is not None,
        "name": [{"text": doctor.public_name}],
    }
    if doctor.languages:
        person["communication"] = [{"coding": [{"system": LANGUAGES, "code": tag}]} for tag in doctor.languages]
    return person


def practitioner_role(doctor: Doctor, places: Sequence[Location], visits: Sequence[VisitType]) -> Resource:
    role: Resource = {
        "resourceType": "PractitionerRole",
        "id": str(doctor.id),
        "active": doctor.published_at is not None,
        "practitioner": _reference("Practitioner", doctor.person_id, doctor.public_name),
        "organization": _reference("Organization", doctor.organisation_id),
        "specialty": [_coded(SYSTEM, code, SPECIALTIES[code]) for code in doctor.specialties],
    }
    if places:
        role["location"] = [_reference("Location", place.id, place.name) for place in places]
    if visits:
        role["healthcareService"] = [_reference("HealthcareService", visit.id, visit.name) for visit in visits]
    return role


def healthcare_service(visit: VisitType, doctor: Doctor, places: Sequence[Location]) -> Resource:
    service: Resource = {
        "resourceType": "HealthcareService",
        "id": str(visit.id),
        "active": visit.retired_at is None and doctor.published_at is not None,
        "providedBy": _reference("Organization", doctor.organisation_id),
        "specialty": [_coded(SYSTEM, code, SPECIALTIES[code]) for code in doctor.specialties],
        "name": visit.name,
        "characteristic": [{"text": SERVICE_MODES[visit.mode]}],
        "appointmentRequired": True,
    }
    if visit.description:
        service["comment"] = visit.description
    at = [place for place in places if visit.location_id in {None, place.id}]
    if at:
        service["location"] = [_reference("Location", place.id, place.name) for place in at]
    return service


def schedule(visit: VisitType, doctor: Doctor) -> Resource:
    """One schedule for every kind of visit: its slots are the times at which this visit can begin."""
    return {
        "resourceType": "Schedule",
        "id": str(visit.id),
        "active": visit.retired_at is None and doctor.published_at is not None,
        "serviceType": [{"text": visit.name}],
        "specialty": [_coded(SYSTEM, code, SPECIALTIES[code]) for code in doctor.specialties],
        "actor": [
            _reference("Practitioner", doctor.person_id, doctor.public_name),
            _reference("HealthcareService", visit.id, visit.name),
        ],
    }


def slot(visit: VisitType, time: Time, *, is_free: bool = True) -> Resource:
    return {
        "resourceType": "Slot",
        "id": slot_id(visit.id, time.starts_at),
        "serviceType": [{"text": visit.name}],
        "schedule": _reference("Schedule", visit.id),
        "status": "free" if is_free else "busy",
        "start": _instant(time.starts_at),
        "end": _instant(time.ends_at),
    }


def slot_id(visit_type_id: UUID, starts_at: datetime) -> str:
    """Slots are computed and not kept, so their id says which they are."""
    return f"{visit_type_id.hex}-{int(starts_at.timestamp())}"


def of_slot(fhir_id: str) -> tuple[UUID, datetime]:
    """The kind of visit and the moment that a slot's id says. Raises NotFound for what is no such id."""
    visit, _, seconds = fhir_id.partition("-")
    try:
        return UUID(visit), datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise NotFound from error


def appointment(its: Appointment, doctor: Doctor, visit: VisitType, *, reason: str | None) -> Resource:
    actors = [
        _reference("Patient", its.patient_id),
        _reference("Practitioner", doctor.person_id, doctor.public_name),
        _reference("HealthcareService", visit.id, visit.name),
    ]
    if its.location_id is not None:
        actors.append(_reference("Location", its.location_id))
    found: Resource = {
        "resourceType": "Appointment",
        "id": str(its.id),
        "status": its.state.value,
        "serviceType": [{"text": visit.name}],
        "specialty": [_coded(SYSTEM, code, SPECIALTIES[code]) for code in doctor.specialties],
        "start": _instant(its.starts_at),
        "end": _instant(its.ends_at),
        "minutesDuration": int(its.during.length.total_seconds()) // 60,
        "slot": [{"reference": f"Slot/{slot_id(visit.id, its.starts_at)}"}],
        "created": _instant(its.created_at),
        "participant": [{"actor": actor, "status": "accepted"} for actor in actors],
    }
    if reason:
        found["reasonCode"] = [{"text": reason}]
    return found


def _coded(system: str, code: str, words: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": words}], "text": words}


def _reference(resource_type: str, its_id: UUID, words: str | None = None) -> Resource:
    found = {"reference": f"{resource_type}/{its_id}"}
    return found | {"display": words} if words else found


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
