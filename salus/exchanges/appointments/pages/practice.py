"""A doctor's own pages: how patients find them, their kinds of visit, who comes."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Form
from starlette.responses import Response

from salus.exchanges.appointments import actions, queries
from salus.exchanges.appointments.models import Doctor, VisitType
from salus.exchanges.appointments.pages.choices import Choices
from salus.exchanges.appointments.pages.finding import MODES
from salus.exchanges.appointments.rules import languages
from salus.exchanges.appointments.rules.specialties import GROUPS
from salus.exchanges.appointments.schemas.booking import GivenForm, Outcome, OverbookingForm
from salus.exchanges.appointments.schemas.doctors import ProfileDraft, ProfileForm, VisitTypeForm
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.shared.calendar import queries as calendar
from salus.shared.calendar.models import ResourceKind
from salus.shared.insurance import queries as insurance
from salus.shared.insurance.models import Service
from salus.web.doors import CurrentContext, Page, Pages, go

pages = Pages()
pages.menu("My practice", "/practice", roles={Role.DOCTOR}, place=14)
pages.menu("Patients", "/patients", roles={Role.DOCTOR}, place=13, also=("/visits",))

SERVICES = {
    Service.PLAN: "Any visit that the plan covers",
    Service.MEDICAL_CARE: "Medical care",
    Service.CONSULTATION: "Consultation",
    Service.X_RAY: "X-ray",
    Service.LABORATORY: "Laboratory",
    Service.DENTAL_CARE: "Dental care",
    Service.MRI_SCAN: "MRI scan",
    Service.MATERNITY: "Maternity",
    Service.VISION: "Vision",
}


@pages.get("/practice", operation=queries.my_profile)
def practice(ctx: CurrentContext) -> Page:
    return practice_again(ctx)


def practice_again(ctx: Context, described: ProfileForm | None = None, draft: ProfileDraft | None = None) -> Page:
    """The page as it is kept, or with what was filled in."""
    profile = queries.my_profile(ctx)
    entered = described or draft or (ProfileDraft.model_validate(_kept(profile)) if profile else ProfileDraft())
    insurers = [(str(each.id), each.name) for each in insurance.insurers_in_use(ctx)]
    spoken = {group: [(tag, languages.name_of(tag)) for tag in tags] for group, tags in languages.GROUPS.items()}
    known = {group: its.items() for group, its in GROUPS.items()}
    return Page(
        "appointments/practice.html",
        profile=profile,
        entered=entered,
        visit_types=queries.my_visit_types(ctx),
        specialties=Choices.of(known, entered.specialties, entered.find_specialties),
        languages=Choices.of(spoken, entered.languages, entered.find_languages),
        insurers=Choices.of({"Insurers": insurers}, [str(each) for each in entered.insurers], entered.find_insurers),
        has_insurers=bool(insurers),
        modes=MODES,
    )


@pages.post("/practice", operation=actions.describe, again=practice_again)
def describe(ctx: CurrentContext, described: Annotated[ProfileForm, Form()]) -> Response:
    actions.describe(ctx, described.described())
    return go("/practice", said="Saved.")


@pages.post("/practice/find", operation=queries.my_profile, again=practice_again)
def find(ctx: CurrentContext, draft: Annotated[ProfileDraft, Form()]) -> Page:
    return practice_again(ctx, draft=draft)


@pages.post("/practice/publish", operation=actions.publish, again=practice)
def publish(ctx: CurrentContext) -> Response:
    actions.publish(ctx)
    return go("/practice", said="Patients find you now.")


@pages.post("/practice/withdraw", operation=actions.withdraw, again=practice)
def withdraw(ctx: CurrentContext) -> Response:
    actions.withdraw(ctx)
    return go("/practice", said="Patients find you no more. What is booked stays booked.")


@pages.get("/practice/visits/new", operation=queries.my_visit_types)
def new_visit_type(ctx: CurrentContext) -> Page:
    queries.my_visit_types(ctx)
    return Page("appointments/visit_type.html", visit=None, **_choices(ctx, None))


@pages.post("/practice/visits/new", operation=actions.add_visit_type, again=new_visit_type)
def add_visit_type(ctx: CurrentContext, form: Annotated[VisitTypeForm, Form()]) -> Response:
    actions.add_visit_type(ctx, form.described())
    return go("/practice", said="The kind of visit is added.")


@pages.get("/practice/visits/{visit_type_id}", operation=queries.my_visit_type)
def visit_type(ctx: CurrentContext, visit_type_id: UUID) -> Page:
    found = queries.my_visit_type(ctx, visit_type_id)
    return Page("appointments/visit_type.html", visit=found, **_choices(ctx, found))


@pages.post("/practice/visits/{visit_type_id}", operation=actions.change_visit_type, again=visit_type)
def change_visit_type(ctx: CurrentContext, visit_type_id: UUID, form: Annotated[VisitTypeForm, Form()]) -> Response:
    actions.change_visit_type(ctx, queries.my_visit_type(ctx, visit_type_id), form.described())
    return go("/practice", said="Saved. What is booked stays as it was booked.")


@pages.post("/practice/visits/{visit_type_id}/retire", operation=actions.retire_visit_type)
def retire_visit_type(ctx: CurrentContext, visit_type_id: UUID) -> Response:
    actions.retire_visit_type(ctx, queries.my_visit_type(ctx, visit_type_id))
    return go("/practice", said="This kind of visit is given no more.")


@pages.get("/patients", operation=queries.my_patients)
def patients(ctx: CurrentContext) -> Page:
    return Page(
        "appointments/patients.html",
        patients=queries.my_patients(ctx),
        visit_types=[each for each in queries.my_visit_types(ctx) if each.retired_at is None],
    )


@pages.get("/visits/{appointment_id}", operation=queries.visit)
def visit(ctx: CurrentContext, appointment_id: UUID) -> Page:
    found = queries.visit(ctx, appointment_id)
    return Page(
        "appointments/visit.html",
        booked=found,
        its=found.appointment,
        is_doctor=True,
        is_begun=found.appointment.starts_at <= ctx.now,
    )


@pages.post("/visits/{appointment_id}/outcome", operation=actions.note_visit, again=visit)
def note_visit(ctx: CurrentContext, appointment_id: UUID, outcome: Annotated[Outcome, Form()]) -> Response:
    actions.note_visit(ctx, queries.appointment(ctx, appointment_id).appointment, outcome.state)
    return go(f"/visits/{appointment_id}", said="Noted.")


@pages.post("/patients/{patient_id}/appointments", operation=actions.book_for, again=patients)
def book_for(ctx: CurrentContext, patient_id: UUID, form: Annotated[GivenForm, Form()]) -> Response:
    kind = queries.my_visit_type(ctx, form.visit_type_id)
    made = actions.book_for(ctx, kind, patient_id, form.starts_at(queries.zone_of(ctx, kind)))
    return go(f"/visits/{made.id}", said="The appointment is given, and the patient is told.")


@pages.post("/patients/{patient_id}/overbooking", operation=actions.overbook, again=patients)
def overbook(ctx: CurrentContext, patient_id: UUID, form: Annotated[OverbookingForm, Form()]) -> Response:
    kind = queries.my_visit_type(ctx, form.visit_type_id)
    starts_at = form.starts_at(queries.zone_of(ctx, kind))
    made = actions.overbook(ctx, kind, patient_id, starts_at, because=form.because)
    return go(f"/visits/{made.id}", said="The appointment is given, and the patient is told.")


def _kept(profile: Doctor) -> dict[str, Any]:
    kept = {name: getattr(profile, name) for name in ("public_name", "specialties", "languages", "about")}
    return kept | {"insurers": [str(each) for each in profile.insurers]}


def _choices(ctx: Context, visit: VisitType | None) -> dict[str, Any]:
    """What a kind of visit can be made of, and what of it this one has."""
    things = calendar.resources(ctx)
    colleagues = [(str(each.resource_id), each.public_name) for each in queries.colleagues(ctx)]
    needs = visit.needs if visit else []
    of_colleagues = [need["count"] for need in needs if {one for one, _ in colleagues} & set(need["among"])]
    price = visit.price if visit else None
    return {
        "modes": MODES,
        "services": SERVICES,
        "location_options": [
            ("", "Wherever I have hours"),
            *((each.id, each.name) for each in calendar.locations(ctx)),
        ],
        "rooms": _cards((str(each.id), each.name or "") for each in things if each.kind == ResourceKind.ROOM),
        "devices": _cards((str(each.id), each.name or "") for each in things if each.kind == ResourceKind.DEVICE),
        "colleagues": _cards(colleagues),
        "colleague_count": of_colleagues[0] if of_colleagues else 1,
        "needed": [one for need in needs for one in need["among"]],
        "price": f"{Decimal(price.amount).scaleb(-price.exponent)}" if price else "",
    }


def _cards(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str, None]]:
    """Choices without a note, by their words."""
    return [(value, words, None) for value, words in sorted(pairs, key=lambda pair: pair[1])]
