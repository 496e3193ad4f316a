"""Doctors as patients find them, and as they see themselves."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from salus.exchanges.appointments.models import Doctor, Mode, VisitType
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.operations import WITHIN, query
from salus.shared.calendar.models import Location
from salus.shared.people.models import Organisation, Review

MOST = 200
"""How many doctors are looked at for the next free time; a search that finds more has to say more."""


@dataclass(frozen=True)
class Search:
    """What a patient looks for; None is whatever there is."""

    specialty: str | None = None
    city: str | None = None
    language: str | None = None
    insurer_id: UUID | None = None
    mode: Mode | None = None
    name: str | None = None


@dataclass(frozen=True)
class Listed:
    """A doctor with all that patients read of them."""

    id: UUID
    person_id: UUID
    resource_id: UUID
    public_name: str
    organisation: str
    specialties: list[str]
    languages: list[str]
    insurers: list[UUID]
    about: str
    places: list[Location]
    visit_types: list[VisitType]


# The organisation must stand approved at this moment: one that was turned down later takes its doctors with it.
FOUND = """
SELECT d.id FROM doctors d
JOIN organisations o ON o.tenant_id = d.tenant_id AND o.id = d.organisation_id AND o.review = 'approved'
JOIN users u ON u.tenant_id = d.tenant_id AND u.id = d.person_id AND u.suspended_at IS NULL
WHERE d.published_at IS NOT NULL
  AND (%(specialty)s::text IS NULL OR %(specialty)s = ANY (d.specialties))
  AND (%(language)s::text IS NULL OR EXISTS (
        SELECT FROM unnest(d.languages) AS spoken WHERE spoken = %(language)s OR spoken LIKE %(language)s || '-%%'))
  AND (%(insurer_id)s::uuid IS NULL OR %(insurer_id)s = ANY (d.insurers))
  AND (%(name)s::text IS NULL OR strpos(lower(d.public_name), lower(%(name)s)) > 0)
  AND (%(mode)s::text IS NULL OR EXISTS (
        SELECT FROM visit_types v WHERE v.doctor_id = d.id AND v.retired_at IS NULL AND v.mode = %(mode)s))
  AND (%(city)s::text IS NULL OR EXISTS (
        SELECT FROM hours h JOIN locations l ON l.id = h.location_id
        WHERE h.resource_id = d.resource_id AND lower(l.city) = lower(%(city)s) AND l.retired_at IS NULL))
ORDER BY d.published_at, d.id LIMIT %(most)s
"""

PLACES = """
SELECT DISTINCT h.resource_id, h.location_id FROM hours h
WHERE h.resource_id = ANY (%(resources)s) AND (h.valid_until IS NULL OR h.valid_until >= %(today)s)
"""

CITIES = """
SELECT DISTINCT l.city FROM doctors d
JOIN hours h ON h.tenant_id = d.tenant_id AND h.resource_id = d.resource_id
JOIN locations l ON l.tenant_id = h.tenant_id AND l.id = h.location_id AND l.retired_at IS NULL
WHERE d.published_at IS NOT NULL ORDER BY l.city
"""


@query(roles={Role.ANYONE})
def doctors(ctx: Context, search: Search) -> list[Listed]:
    """Doctors whom patients can book, and who are what is looked for; two hundred at most, the longest here first."""
    found = ctx.rows(FOUND, asdict(search) | {"most": MOST})
    by_id = {each.id: each for each in listed(ctx, [row["id"] for row in found])}
    return [by_id[row["id"]] for row in found]


@query(roles={Role.ANYONE})
def doctor(ctx: Context, doctor_id: UUID) -> Listed:
    """One doctor whom patients can book. Otherwise there is none, except for the doctor."""
    found = ctx.get(Doctor, doctor_id)
    practice = ctx.get(Organisation, found.organisation_id)
    is_shown = found.published_at is not None and practice.review == Review.APPROVED
    if not is_shown and found.person_id != ctx.actor.id:
        raise NotFound
    return listed(ctx, [found.id])[0]


@query(roles={Role.ANYONE})
def cities(ctx: Context) -> list[str]:
    """Where doctors can be booked, by name."""
    return [row["city"] for row in ctx.rows(CITIES)]


@query(roles={Role.ANYONE})
def languages(ctx: Context) -> list[str]:
    """The languages that doctors speak who can be booked, as BCP 47 tags."""
    spoken = ctx.rows("SELECT DISTINCT unnest(languages) AS tag FROM doctors WHERE published_at IS NOT NULL")
    return sorted(row["tag"] for row in spoken)


@query(roles={Role.DOCTOR})
def my_profile(ctx: Context) -> Doctor | None:
    """How patients find the acting doctor; None before they said so."""
    return ctx.db.scalars(select(Doctor).where(Doctor.person_id == ctx.actor.person_id)).one_or_none()


@query(roles={Role.DOCTOR})
def my_visit_types(ctx: Context) -> Sequence[VisitType]:
    """The acting doctor's kinds of visit, those in use first."""
    mine = select(VisitType).join(Doctor, Doctor.id == VisitType.doctor_id)
    its = mine.where(Doctor.person_id == ctx.actor.person_id)
    return ctx.db.scalars(its.order_by(VisitType.retired_at.is_not(None), VisitType.name, VisitType.id)).all()


@query(roles={Role.DOCTOR})
def my_visit_type(ctx: Context, visit_type_id: UUID) -> VisitType:
    """One of the acting doctor's kinds of visit. To other doctors it does not exist here."""
    found = ctx.get(VisitType, visit_type_id)
    if ctx.get(Doctor, found.doctor_id).person_id != ctx.actor.person_id:
        raise NotFound
    return found


@query(roles={Role.DOCTOR})
def colleagues(ctx: Context) -> list[Doctor]:
    """The other doctors of the acting doctor's practice, by name."""
    others = select(Doctor).where(
        Doctor.organisation_id == ctx.actor.organisation_id, Doctor.person_id != ctx.actor.person_id
    )
    return list(ctx.db.scalars(others.order_by(Doctor.public_name, Doctor.id)))


@query(roles={Role.DOCTOR})
def zone_of(ctx: Context, visit_type: VisitType) -> ZoneInfo:
    """By which clock a visit of the acting doctor's is told: that of its place, or of the first place they have."""
    if visit_type.location_id is not None:
        return ctx.get(Location, visit_type.location_id).clock
    places = listed(ctx, [ctx.get(Doctor, visit_type.doctor_id).id])[0].places
    return places[0].clock if places else ZoneInfo("UTC")


@query(roles={Role.ANYONE})
def visit_type(ctx: Context, visit_type_id: UUID) -> VisitType:
    """One kind of visit that can be booked."""
    found = ctx.get(VisitType, visit_type_id)
    if found.retired_at is not None:
        raise NotFound
    doctor(ctx, found.doctor_id)
    return found


@query(roles=WITHIN)
def listed(ctx: Context, ids: Sequence[UUID]) -> list[Listed]:
    """These doctors with their places and kinds of visit, in four questions however many they are."""
    its = ctx.db.scalars(select(Doctor).where(Doctor.id.in_(ids))).all()
    names = _names(ctx, {each.organisation_id for each in its})
    places = _places(ctx, [each.resource_id for each in its])
    kinds: dict[UUID, list[VisitType]] = defaultdict(list)
    wanted = select(VisitType).where(VisitType.doctor_id.in_(ids), VisitType.retired_at.is_(None))
    for kind in ctx.db.scalars(wanted.order_by(VisitType.price_cents, VisitType.id)):
        kinds[kind.doctor_id].append(kind)
    return [_shown(each, names, places[each.resource_id], kinds[each.id]) for each in its]


def _shown(doctor: Doctor, names: Mapping[UUID, str], places: list[Location], kinds: list[VisitType]) -> Listed:
    return Listed(
        id=doctor.id,
        person_id=doctor.person_id,
        resource_id=doctor.resource_id,
        public_name=doctor.public_name,
        organisation=names[doctor.organisation_id],
        specialties=doctor.specialties,
        languages=doctor.languages,
        insurers=doctor.insurers,
        about=doctor.about,
        places=places,
        visit_types=kinds,
    )


def _names(ctx: Context, organisations: Iterable[UUID]) -> dict[UUID, str]:
    wanted = select(Organisation.id, Organisation.name).where(Organisation.id.in_(list(organisations)))
    return {row.id: row.name for row in ctx.db.execute(wanted)}


def _places(ctx: Context, resources: Sequence[UUID]) -> dict[UUID, list[Location]]:
    rows: list[dict[str, Any]] = ctx.rows(PLACES, {"resources": list(resources), "today": ctx.now.date()})
    wanted = select(Location).where(Location.id.in_({row["location_id"] for row in rows}))
    known = {each.id: each for each in ctx.db.scalars(wanted)}
    found: dict[UUID, list[Location]] = defaultdict(list)
    for row in rows:
        found[row["resource_id"]].append(known[row["location_id"]])
    for places in found.values():
        places.sort(key=lambda place: (place.name, place.id))
    return found
