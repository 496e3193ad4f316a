"""Finding a doctor and a time; open to everybody, like a directory."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import Form, Query
from starlette.responses import Response

from salus.exchanges.appointments import actions, queries, reactions
from salus.exchanges.appointments.models import Mode
from salus.exchanges.appointments.pages.weeks import Week
from salus.exchanges.appointments.queries import Listed, Search
from salus.exchanges.appointments.rules import languages, zones
from salus.exchanges.appointments.rules.specialties import SPECIALTIES
from salus.exchanges.appointments.schemas.booking import BookingForm, SeriesForm
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.kernel.ids import new_id
from salus.shared.calendar.models import Span
from salus.shared.insurance import queries as insurance
from salus.web.doors import CurrentContext, Page, Pages, go

pages = Pages()
pages.menu("Find a doctor", "/doctors", roles={Role.PATIENT}, place=12, also=("/book",))

Word = Annotated[str, Query(max_length=120)]
Zone = Annotated[str, Query(max_length=64)]
MODES = {Mode.IN_PERSON: "In person", Mode.VIDEO: "By video", Mode.PHONE: "By phone"}


@pages.get("/doctors", operation=queries.find)
def find(
    ctx: CurrentContext,
    specialty: Word = "",
    city: Word = "",
    language: Word = "",
    insurer: Word = "",
    mode: Word = "",
    name: Word = "",
    zone: Zone = "",
) -> Page:
    insurers = _insurers(ctx)
    search = Search(
        specialty=specialty if specialty in SPECIALTIES else None,
        city=city.replace("\0", "") or None,
        language=language.replace("\0", "") or None,
        insurer_id=next((each for each in insurers if str(each) == insurer), None),
        mode=next((each for each in Mode if each == mode), None),
        name=name.replace("\0", "") or None,
    )
    return Page(
        "appointments/find.html",
        found=queries.find(ctx, search),
        search=search,
        zone=zones.zone_or(zone, ""),
        cities=[(city, city) for city in queries.cities(ctx)],
        languages=[(tag, languages.name_of(tag)) for tag in queries.languages(ctx)],
        insurers=insurers,
        **_words(),
    )


@pages.get("/doctors/{doctor_id}", operation=queries.doctor)
def doctor(ctx: CurrentContext, doctor_id: UUID, zone: Zone = "") -> Page:
    found = queries.doctor(ctx, doctor_id)
    return Page(
        "appointments/doctor.html", doctor=found, insurers=_insurers(ctx), zone=zones.zone_or(zone, ""), **_words()
    )


@pages.get("/doctors/{doctor_id}/times/{visit_type_id}", operation=queries.times)
def times(
    ctx: CurrentContext, doctor_id: UUID, visit_type_id: UUID, since: date | None = None, zone: Zone = ""
) -> Page:
    found, kind = queries.doctor(ctx, doctor_id), queries.visit_type(ctx, visit_type_id)
    week = Week.of(ctx, since, zones.zone_or(zone, _home_zone(found)), kind.horizon_days)
    return Page(
        "appointments/times.html",
        doctor=found,
        visit=kind,
        week=week,
        days=week.days(queries.times(ctx, kind, week.span)),
        zones=zones.OFFERED,
        is_patient=ctx.actor.has(Role.PATIENT),
        **_words(),
    )


@pages.get("/book/{visit_type_id}/{at}", operation=queries.visit_type)
def booking(ctx: CurrentContext, visit_type_id: UUID, at: int, zone: Zone = "") -> Page:
    return Page("appointments/book.html", **_to_book(ctx, visit_type_id, at, zone))


@pages.post("/book/{visit_type_id}/{at}", operation=actions.book, again=booking, long=True)
def book(ctx: CurrentContext, visit_type_id: UUID, at: int, form: Annotated[BookingForm, Form()]) -> Response:
    made = reactions.book(ctx, visit_type_id, _moment(at), **form.model_dump())
    return go(f"/appointments/{made.appointment.id}", said="Booked. We wrote to you with the details.")


@pages.get("/book/{visit_type_id}/{at}/series", operation=insurance.insured)
def series(ctx: CurrentContext, visit_type_id: UUID, at: int, zone: Zone = "") -> Page:
    return Page("appointments/series.html", **_to_book(ctx, visit_type_id, at, zone))


@pages.post("/book/{visit_type_id}/{at}/series", operation=actions.book_series, again=series)
def book_series(ctx: CurrentContext, visit_type_id: UUID, at: int, form: Annotated[SeriesForm, Form()]) -> Response:
    kind = queries.visit_type(ctx, visit_type_id)
    actions.book_series(ctx, kind, _moment(at), **form.model_dump())
    return go("/appointments", said="All of them are booked. We wrote to you with the details.")


def _to_book(ctx: Context, visit_type_id: UUID, at: int, zone: str) -> dict[str, Any]:
    """What a page says of a time before it is booked."""
    kind = queries.visit_type(ctx, visit_type_id)
    found, starts_at = queries.doctor(ctx, kind.doctor_id), _moment(at)
    offered = queries.times(ctx, kind, Span(starts_at, starts_at + timedelta(seconds=1)))
    return {
        "doctor": found,
        "visit": kind,
        "is_free": bool(offered),
        "venue": next((each for each in found.places for time in offered if each.id == time.location_id), None),
        "at": starts_at,
        "zone": zones.zone_or(zone, _home_zone(found)),
        "home_zone": _home_zone(found),
        "insured": insurance.insured(ctx) if ctx.actor.has(Role.PATIENT) else [],
        "is_patient": ctx.actor.has(Role.PATIENT),
        "is_signed_in": ctx.actor.is_signed_in,
        "next_page": quote(f"/book/{visit_type_id}/{at}", safe=""),
        "key": new_id().hex,
        "modes": MODES,
    }


def _moment(at: int) -> datetime:
    """Seconds since 1970, as the address has it. Raises NotFound for what is no time."""
    try:
        return datetime.fromtimestamp(int(at), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise NotFound from error


def _home_zone(found: Listed) -> str:
    return found.places[0].zone if found.places else "UTC"


def _insurers(ctx: Context) -> Mapping[UUID, str]:
    return {each.id: each.name for each in insurance.insurers_in_use(ctx)}


def _words() -> dict[str, Any]:
    """What codes are called."""
    return {"specialties": SPECIALTIES, "modes": MODES, "language_name": languages.name_of}
