"""The part of the demonstration in which people see doctors: practices, an insurer, and visits at every stage.

Three specialties in two time zones; a series, a device, and a visit that needs a room and any two of three therapists.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from salus.kernel.settings import settings
from salus.program import Program, StepFailed
from salus.shared.insurance.models import Service

HELSINKI, LISBON = "Europe/Helsinki", "Europe/Lisbon"
GENERAL_PRACTICE, CARDIOLOGY, PHYSIOTHERAPY = "394814009", "394579002", "722138006"
WEEKDAYS, TWO_DAYS = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "FREQ=WEEKLY;BYDAY=TU,TH"
HARBOUR = {
    "name": "Harbour Clinic", "address_lines": ["Satamakatu 1"], "postal_code": "00160", "city": "Helsinki",
    "country": "FI", "zone": HELSINKI,
}  # fmt: skip
MARKET = HARBOUR | {"name": "Market Square Rooms", "address_lines": ["Kauppatori 4"], "postal_code": "00170"}
ALFAMA = {
    "name": "Alfama Heart Centre", "address_lines": ["Rua dos Remédios 12"], "postal_code": "1100-445",
    "city": "Lisbon", "country": "PT", "zone": LISBON,
}  # fmt: skip
PHYSIO = HARBOUR | {"name": "Moving Well", "address_lines": ["Rantatie 8"], "postal_code": "00180"}


@dataclass(frozen=True)
class Practice:
    """A doctor who can be booked, with the ids that a program needs."""

    doctor: Program
    calendar: str
    place: str
    zone: str

    def give(self, name: str, minutes: int, price: str, **more: Any) -> str:
        """Another kind of visit, by its id."""
        described = {"name": name, "minutes": minutes, "price": price, "every_minutes": 30, **more}
        return str(self.doctor.post("/appointments/visit-types", described)["id"])

    def thing(self, kind: str, name: str) -> str:
        made = self.doctor.post(f"/calendar/locations/{self.place}/things", {"kind": kind, "name": name})
        return str(made["id"])

    def open(self, place: str, rule: str, starts: str, ends: str) -> None:
        hours = {"rule": rule, "starts": starts, "ends": ends, "valid_from": datetime.now(UTC).date().isoformat()}
        self.doctor.post(f"/calendar/calendars/{self.calendar}/locations/{place}/hours", hours)


class Practices:
    """Doctors open their practices, and patients come."""

    def __init__(self, ada: Program, person: Callable[[str], Program], tenant_id: UUID) -> None:
        self.ada, self.person, self.tenant_id = ada, person, tenant_id
        self.insurer: str = ""

    def play(self, approve: Callable[[], None]) -> Program:
        """The whole of it; the doctor whose account the start prints."""
        self.insurer = self._insurer()["id"]
        dora, carla, finn = doctors = [self._doctor(*one) for one in _DOCTORS]
        approve()
        self._let_overbook(dora)
        for doctor in doctors:
            doctor.sign_in()
        consultation, treatment = self._general_practice(dora)
        ecg = self._cardiology(carla)
        course = self._physiotherapy(finn)
        petra, per = (self._patient(name) for name in ("Petra Salo", "Per Lund"))
        coverage = self._insured(petra, "NH 1234 0001")
        self._visits(dora, petra, per, consultation, coverage)
        self._book(petra, ecg, days=9, reason="My heart beats fast at night.", coverage_id=coverage)
        first = self._time(petra, course, days=3)
        petra.post("/appointments/series", {"visit_type_id": course, "starts_at": first, "count": 8})
        self._waiting_list(petra, per, treatment)
        return dora

    def _insurer(self) -> Any:
        here = settings()
        described = {
            "name": "Nordic Health", "payer_code": "NORDIC-1", "endpoint": here.insurer_url,
            "key": here.secret("insurer_key"),
        }  # fmt: skip
        return self.ada.post("/insurers", described)

    def _doctor(self, name: str, practice: str, country: str) -> Program:
        doctor = self.person(name)
        organisation = {"name": practice, "kind": "practice", "country": country, "registration_number": "3456789-0"}
        doctor.sign_up(organisation, role="doctor")
        doctor.verify(self.tenant_id)
        return doctor

    def _let_overbook(self, doctor: Program) -> None:
        """Before the first sign-in: a role ends the sessions of whoever gets it."""
        (person,) = self.ada.get("/people", email=doctor.email)
        self.ada.post(f"/people/{person['id']}/roles", {"role": "overbooker"})

    def _patient(self, name: str) -> Program:
        patient = self.person(name)
        patient.sign_up(role="patient")
        patient.verify(self.tenant_id)
        patient.sign_in()
        return patient

    def _practice(self, doctor: Program, place: dict[str, Any], **said: Any) -> Practice:
        self._describe(doctor, **said)
        place_id = doctor.post("/calendar/locations", place)["id"]
        own = next(one for one in doctor.get("/calendar/calendars") if one["kind"] == "practitioner")
        return Practice(doctor, own["id"], place_id, place["zone"])

    def _describe(self, doctor: Program, *, specialty: str, languages: list[str], title: str, about: str) -> None:
        described = {
            "public_name": f"{title} {doctor.name}".strip(), "specialties": [specialty], "languages": languages,
            "insurers": [self.insurer], "about": about,
        }  # fmt: skip
        doctor.put("/appointments/profile", described)

    def _general_practice(self, dora: Program) -> tuple[str, str]:
        """Dora at two places, with a room, a lunch hour of her own, and a week off."""
        practice = self._practice(
            dora, HARBOUR, specialty=GENERAL_PRACTICE, languages=["fi", "sv", "en"], title="Dr",
            about="Family medicine for all ages. I take the time that a first visit needs.",
        )  # fmt: skip
        practice.open(practice.place, WEEKDAYS, "09:00", "15:00")
        market = dora.post("/calendar/locations", MARKET)["id"]
        practice.open(market, TWO_DAYS, "15:30", "18:00")
        room = practice.thing("room", "Treatment room")
        consultation = practice.give("Consultation", 30, "80.00", description="Anything that worries you.")
        practice.give("Video call", 15, "45.00", mode="video", description="For results and prescriptions.")
        treatment = practice.give(
            "Small surgery", 60, "190.00", location_id=practice.place, needs=[{"count": 1, "among": [room]}],
            before_minutes=10, after_minutes=10, description="Moles, stitches, ingrown nails.",
        )  # fmt: skip
        off = datetime.combine(datetime.now(UTC).date() + timedelta(days=42), time(0), ZoneInfo(HELSINKI))
        leave = {"starts_at": off.isoformat(), "ends_at": (off + timedelta(days=7)).isoformat(), "note": "Leave"}
        dora.post(f"/calendar/calendars/{practice.calendar}/closures", leave)
        dora.put("/appointments/profile/publication", None)
        return consultation, treatment

    def _cardiology(self, carla: Program) -> str:
        """Carla in Lisbon, whose examination needs a device that is there once."""
        practice = self._practice(
            carla, ALFAMA, specialty=CARDIOLOGY, languages=["pt", "en", "es"], title="Dr",
            about="Hearts of adults: palpitations, blood pressure, and check-ups before you run a marathon.",
        )  # fmt: skip
        practice.open(practice.place, WEEKDAYS, "08:30", "16:30")
        device = practice.thing("device", "Ultrasound")
        practice.give("First visit", 45, "120.00", service=Service.CONSULTATION)
        echo = practice.give(
            "Echocardiogram", 30, "160.00", location_id=practice.place, needs=[{"count": 1, "among": [device]}],
            after_minutes=15, notice_hours=24, description="An ultrasound of the heart. It does not hurt.",
        )  # fmt: skip
        carla.put("/appointments/profile/publication", None)
        return echo

    def _physiotherapy(self, finn: Program) -> str:
        """Finn and three therapists: a course of eight, and a class that takes a room and any two of the three."""
        practice = self._practice(
            finn, PHYSIO, specialty=PHYSIOTHERAPY, languages=["fi", "en"], title="",
            about="Back, knees and shoulders. Most courses are eight visits, at the same time of every week.",
        )  # fmt: skip
        practice.open(practice.place, WEEKDAYS, "08:00", "16:00")
        among = [self._therapist(finn, practice, name) for name in ("Tilda Aalto", "Tove Nyman", "Timo Laine")]
        room = practice.thing("room", "Gym")
        course = practice.give("Physiotherapy", 45, "65.00", most_in_series=8, free_until_hours=12)
        practice.give(
            "Back school in a small group", 60, "40.00", location_id=practice.place,
            needs=[{"count": 1, "among": [room]}, {"count": 2, "among": among}],
            description="With two therapists, in the gym.",
        )  # fmt: skip
        finn.put("/appointments/profile/publication", None)
        return course

    def _therapist(self, finn: Program, practice: Practice, name: str) -> str:
        """A colleague with hours at Finn's practice, by the id of their calendar."""
        therapist = self.person(name)
        finn.post("/invitations", {"email": therapist.email})
        therapist.join(self.tenant_id)
        therapist.sign_in()
        self._describe(therapist, specialty=PHYSIOTHERAPY, languages=["fi"], title="", about="")
        own = next(one for one in therapist.get("/calendar/calendars") if one["kind"] == "practitioner")
        Practice(therapist, own["id"], practice.place, practice.zone).open(practice.place, WEEKDAYS, "08:00", "16:00")
        return str(own["id"])

    def _insured(self, patient: Program, number: str) -> str:
        described = {"insurer_id": self.insurer, "member_number": number, "plan": "Everything and teeth"}
        return str(patient.post("/coverages", described)["id"])

    def _visits(self, dora: Program, petra: Program, per: Program, kind: str, coverage: str) -> None:
        """One in every state: what was, by what Dora noted afterwards, and what is to come."""
        self._book(petra, kind, days=2, reason="A cough that does not end.", coverage_id=coverage)
        self._book(per, kind, days=2)
        cancelled = self._book(petra, kind, days=6)
        petra.post(f"/appointments/{cancelled['id']}/cancellation", {"because": "I am away that week."})
        moved = self._book(petra, kind, days=7)
        later = self._time(petra, kind, days=8)
        petra.put(f"/appointments/{moved['id']}/time", {"starts_at": later})
        for patient, days, state in (petra, 20, "fulfilled"), (per, 13, "noshow"), (per, 0, "arrived"):
            self._was(dora, patient, kind, days, state)

    def _was(self, dora: Program, patient: Program, kind: str, days: int, state: str) -> None:
        """Somebody came, or did not, without having booked; Dora notes it when she has time."""
        began = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=days, hours=1)
        given = {"visit_type_id": kind, "patient_id": patient.get("/me")["id"], "starts_at": began.isoformat()}
        made = dora.post("/appointments/overbookings", given | {"because": "Came without an appointment."})
        dora.put(f"/appointments/{made['id']}/outcome", {"state": state})

    def _waiting_list(self, petra: Program, per: Program, kind: str) -> None:
        """Petra gives back what Per waits for: it is held for him, and he is asked."""
        held = self._book(petra, kind, days=5)
        shown = datetime.fromisoformat(held["starts_at"]).astimezone(ZoneInfo(HELSINKI))
        day, hour = shown.date().isoformat(), shown.hour
        wish = {"from_day": day, "until_day": day, "from_hour": hour, "until_hour": hour + 1}
        per.post("/appointments/waiting", {"visit_type_id": kind, **wish})
        petra.post(f"/appointments/{held['id']}/cancellation", {})
        per.until("/appointments/waiting", lambda found: any(one["offered"] for one in found))

    def _book(self, patient: Program, kind: str, *, days: int, **more: Any) -> Any:
        starts_at = self._time(patient, kind, days=days)
        return patient.post("/appointments", {"visit_type_id": kind, "starts_at": starts_at, **more})

    @staticmethod
    def _time(patient: Program, kind: str, *, days: int) -> str:
        """The first time that is free so many days from now, or in the week after."""
        since = datetime.now(UTC) + timedelta(days=days)
        within = {"since": since.isoformat(), "until": (since + timedelta(days=10)).isoformat()}
        times = patient.get(f"/appointments/visit-types/{kind}/times", **within)
        if not times:
            raise StepFailed("no time is free")
        return str(times[0]["starts_at"])


_DOCTORS = (
    ("Dora Lind", "Harbour Clinic", "FI"),
    ("Carla Nunes", "Alfama Heart Centre", "PT"),
    ("Finn Aho", "Moving Well", "FI"),
)
