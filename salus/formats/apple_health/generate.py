"""Makes Apple Health exports of people who do not exist: for demonstrations, tests and benchmarks.

The lines have the shapes of real ones: attribute order, metadata, a memory address in every device, curly apostrophes,
one offset from UTC for the whole file, blood pressure both in a correlation and alone. Values come from `priors`.
"""

import random
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from math import pi, sin
from pathlib import Path
from xml.sax.saxutils import quoteattr

from salus.formats.apple_health.priors import PRIORS, Prior

_QUANTITY = "HKQuantityTypeIdentifier"
_WATCH_TYPES = (
    "HeartRate",
    "ActiveEnergyBurned",
    "BasalEnergyBurned",
    "DistanceWalkingRunning",
    "StepCount",
    "FlightsClimbed",
    "AppleStandTime",
    "OxygenSaturation",
    "RespiratoryRate",
    "EnvironmentalAudioExposure",
    "WalkingSpeed",
)
_DAILY_TYPES = ("RestingHeartRate", "HeartRateVariabilitySDNN", "BodyMass")
_STAGES = ("AsleepCore", "AsleepDeep", "AsleepCore", "AsleepREM", "Awake", "AsleepCore", "AsleepREM")
_DOCUMENT_TYPE = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 14 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout|ActivitySummary)*)>
<!ATTLIST HealthData locale CDATA #REQUIRED>
]>
"""


def synthetic_export(
    path: Path,
    *,
    seed: int,
    days: int = 540,
    density: float = 0.01,
    ending: datetime = datetime(2026, 6, 30, 20, 15, 9, tzinfo=UTC),
    owner: str = "Pia",
) -> None:
    """Write an export of so many days, as a zip or, if the path ends in .xml, as bare XML.

    `density` is the share of samples kept, 1.0 being what a watch really writes (about 0.25 MB of XML a day); the
    default makes 18 months about 2 MB. The same arguments make the same bytes.
    """
    # The same stretch of days for the same arguments: nothing here may depend on the clock or on the machine.
    person = _Person(random.Random(seed), days, density, ending, owner)  # noqa: S311 - not a secret
    if path.suffix.lower() == ".xml":
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(person.lines())
        return
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo("apple_health_export/export.xml", ending.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(info, "w", force_zip64=True) as member:
            for line in person.lines():
                member.write(line.encode())
        for name, content in (("electrocardiograms/ecg_2026-06-01.csv", person.ecg()), (person.ROUTE, person.gpx())):
            info = zipfile.ZipInfo(f"apple_health_export/{name}", ending.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)


class _Person:
    ROUTE = "workout-routes/route_2026-06-02_6.30pm.gpx"

    def __init__(self, chance: random.Random, days: int, density: float, ending: datetime, owner: str) -> None:
        self._chance, self._days, self._density = chance, days, density
        self._zone = timezone(timedelta(hours=2))
        self._ending = ending.astimezone(self._zone)
        self._first = self._ending.replace(hour=0, minute=0, second=0) - timedelta(days=days)
        self._watch, self._phone = f"{owner}’s Apple\u00a0Watch", f"{owner}’s iPhone"
        self._owner = owner
        self._fitness = chance.gauss(0, 1)

    def lines(self) -> Iterator[str]:
        yield _DOCUMENT_TYPE
        yield f'<HealthData locale="en_DE">\n <ExportDate value="{self._stamp(self._ending)}"/>\n'
        yield (
            ' <Me HKCharacteristicTypeIdentifierDateOfBirth="1987-03-02"'
            ' HKCharacteristicTypeIdentifierBiologicalSex="HKBiologicalSexFemale"'
            ' HKCharacteristicTypeIdentifierBloodType="HKBloodTypeNotSet"'
            ' HKCharacteristicTypeIdentifierFitzpatrickSkinType="HKFitzpatrickSkinTypeNotSet"/>\n'
        )
        for name in _WATCH_TYPES:
            yield from self._samples(name)
        for name in _DAILY_TYPES:
            yield from self._daily(name)
        yield from self._sleep()
        yield from self._blood_pressure()
        yield from self._workouts()
        yield from self._rings()
        yield "</HealthData>\n"

    def _stamp(self, moment: datetime) -> str:
        return f"{moment:%Y-%m-%d %H:%M:%S} +0200"

    def _device(self, model: str) -> str:
        hardware = {"Watch": "Watch7,5", "iPhone": "iPhone16,1"}[model]
        name = "Apple Watch" if model == "Watch" else "iPhone"
        # The address changes with every start of the phone's health daemon, so a file holds a few dozen.
        address = 0x281000000 + 0x750 * self._chance.randrange(40)
        inside = f"name:{name}, manufacturer:Apple Inc., model:{model}, hardware:{hardware}, software:11.2"
        return f"&lt;&lt;HKDevice: {address:#x}&gt;, {inside}&gt;"

    def _record(
        self, kind: str, start: datetime, end: datetime, value: str, *, unit: str = "", phone: bool = False
    ) -> str:
        model, source = ("iPhone", self._phone) if phone else ("Watch", self._watch)
        created = end + timedelta(seconds=self._chance.randrange(20, 900))
        return (
            f' <Record type="{kind}" sourceName="{source}" sourceVersion="11.2" device="{self._device(model)}"'
            + (f" unit={quoteattr(unit)}" if unit else "")
            + f' creationDate="{self._stamp(created)}" startDate="{self._stamp(start)}" endDate="{self._stamp(end)}"'
            f' value="{value}"'
        )

    def _value(self, prior: Prior, day: int) -> str:
        season = sin(2 * pi * day / 365) * 0.15
        value = self._chance.gauss(prior.mean + (season + self._fitness * 0.2) * prior.spread, prior.spread)
        value = min(max(value, prior.low), prior.high)
        return f"{value:.0f}" if prior.unit in {"count", "count/min", "min"} else f"{value:.6g}"

    def _samples(self, name: str) -> Iterator[str]:
        prior = PRIORS.get(_QUANTITY + name, Prior(0, 0, 0, 0, 0, ""))
        minutes = 1_440 / max(prior.per_day * self._density, 0.4)
        at, last = self._first + timedelta(minutes=self._chance.uniform(0, minutes)), self._ending
        instant = name in {"HeartRate", "OxygenSaturation", "RespiratoryRate"}
        while at < last:
            if 7 <= at.hour < 23 or name in {"HeartRate", "RespiratoryRate", "BasalEnergyBurned"}:
                end = at if instant else at + timedelta(seconds=self._chance.randrange(10, 600))
                value = self._value(prior, (at - self._first).days)
                phone = name in {"StepCount", "FlightsClimbed"} and self._chance.random() < 0.4
                line = self._record(_QUANTITY + name, at, end, value, unit=prior.unit, phone=phone)
                motion = (
                    f'  <MetadataEntry key="HKMetadataKeyHeartRateMotionContext" value="{self._chance.randrange(3)}"/>'
                )
                yield f"{line}>\n{motion}\n </Record>\n" if name == "HeartRate" else f"{line}/>\n"
            at += timedelta(minutes=self._chance.uniform(0.4, 1.6) * minutes)

    def _daily(self, name: str) -> Iterator[str]:
        prior = PRIORS[_QUANTITY + name]
        for day in range(0, self._days, 7 if name == "BodyMass" else max(1, round(0.06 / self._density))):
            at = self._first + timedelta(days=day, hours=7, seconds=self._chance.randrange(3_600))
            line = self._record(
                _QUANTITY + name, at, at + timedelta(seconds=65), self._value(prior, day), unit=prior.unit
            )
            if name != "HeartRateVariabilitySDNN":
                yield f"{line}/>\n"
                continue
            yield f"{line}>\n  <HeartRateVariabilityMetadataList>\n"
            beat = at
            for _ in range(max(4, round(40 * self._density))):
                beat += timedelta(seconds=self._chance.gauss(0.95, 0.06))
                clock = f"{beat:%H:%M:%S},{beat.microsecond // 10_000:02d}"
                yield f'   <InstantaneousBeatsPerMinute bpm="{self._chance.randrange(54, 72)}" time="{clock}"/>\n'
            yield "  </HeartRateVariabilityMetadataList>\n </Record>\n"

    def _sleep(self) -> Iterator[str]:
        for day in range(self._days):
            at = self._first + timedelta(days=day, hours=22, minutes=self._chance.randrange(120))
            for stage in _STAGES[: max(2, round(len(_STAGES) * min(1, self._density * 10)))]:
                end = at + timedelta(minutes=self._chance.randrange(25, 95))
                value = f"HKCategoryValueSleepAnalysis{stage}"
                line = self._record("HKCategoryTypeIdentifierSleepAnalysis", at, end, value)
                yield f'{line}>\n  <MetadataEntry key="HKTimeZone" value="Europe/Berlin"/>\n </Record>\n'
                at = end

    def _blood_pressure(self) -> Iterator[str]:
        for day in range(0, self._days, 14):
            at = self._stamp(self._first + timedelta(days=day, hours=8))
            times = f'creationDate="{at}" startDate="{at}" endDate="{at}"'
            source = 'sourceName="Omron" sourceVersion="7"'
            records = [
                f'<Record type="{_QUANTITY}BloodPressure{part}" {source} unit="mmHg" {times} value="{value}"/>\n'
                for part, value in (
                    ("Systolic", self._value(PRIORS[_QUANTITY + "BloodPressureSystolic"], day).split(".")[0]),
                    ("Diastolic", self._value(PRIORS[_QUANTITY + "BloodPressureDiastolic"], day).split(".")[0]),
                )
            ]
            yield from (f" {record}" for record in records)
            yield f' <Correlation type="HKCorrelationTypeIdentifierBloodPressure" {source} {times}>\n'
            yield from (f"  {record}" for record in records)
            yield " </Correlation>\n"

    def _workouts(self) -> Iterator[str]:
        for day in range(0, self._days, 4):
            start = self._first + timedelta(days=day, hours=18, minutes=self._chance.randrange(60))
            minutes = self._chance.uniform(20, 60)
            end = start + timedelta(minutes=minutes)
            span = f'startDate="{self._stamp(start)}" endDate="{self._stamp(end)}"'
            activity = self._chance.choice(("Running", "Cycling", "Walking", "Yoga"))
            source = f'sourceName="{self._watch}" sourceVersion="11.2" device="{self._device("Watch")}"'
            energy = f'sum="{minutes * 8:.3f}" unit="kcal"'
            heart = 'average="132.5" minimum="81" maximum="162" unit="count/min"'
            yield (
                f' <Workout workoutActivityType="HKWorkoutActivityType{activity}" duration="{minutes:.6f}"'
                f' durationUnit="min" {source} creationDate="{self._stamp(end)}" {span}>\n'
                '  <MetadataEntry key="HKTimeZone" value="Europe/Berlin"/>\n'
                '  <MetadataEntry key="HKWeatherTemperature" value="64.4 degF"/>\n'
                f'  <WorkoutStatistics type="{_QUANTITY}ActiveEnergyBurned" {span} {energy}/>\n'
                f'  <WorkoutStatistics type="{_QUANTITY}HeartRate" {span} {heart}/>\n'
                " </Workout>\n"
            )

    def _rings(self) -> Iterator[str]:
        for day in range(self._days):
            date = self._first + timedelta(days=day)
            energy, exercise = self._chance.gauss(520, 120), self._chance.randrange(5, 80)
            yield (
                f' <ActivitySummary dateComponents="{date:%Y-%m-%d}" activeEnergyBurned="{max(energy, 40):.3f}"'
                f' activeEnergyBurnedGoal="500" activeEnergyBurnedUnit="kcal" appleExerciseTime="{exercise}"'
                f' appleExerciseTimeGoal="30" appleStandHours="{self._chance.randrange(6, 16)}"'
                ' appleStandHoursGoal="12"/>\n'
            )

    def ecg(self) -> str:
        header = (
            f"Name,{self._owner} Example\nDate of Birth,2 Mar 1987\nRecorded Date,2026-06-01 07:12:44 +0200\n"
            'Classification,Sinus Rhythm\nSymptoms,\nSoftware Version,2.0\nDevice,"Watch7,5"\nSample Rate,512 hertz\n'
            ",\n,\nLead,Lead I\nUnit,µV\n,\n"
        )
        beats = (900 if step % 440 < 12 else 60 * sin(step / 40) + self._chance.gauss(0, 8) for step in range(5_120))
        return header + "".join(f"{voltage:.3f},\n" for voltage in beats)

    def gpx(self) -> str:
        points = []
        for second in range(0, 900, 5):
            # Around a point in the open sea, where nobody lives.
            latitude, longitude = 54.5 + sin(second / 200) * 0.004, 7.5 + second * 1.2e-5
            time = datetime(2026, 6, 2, 16, 30, tzinfo=UTC) + timedelta(seconds=second)
            points.append(
                f'<trkpt lon="{longitude:.6f}" lat="{latitude:.6f}"><ele>2.000000</ele><time>{time:%Y-%m-%dT%H:%M:%SZ}'
                "</time><extensions><speed>2.650000</speed><course>80.000000</course><hAcc>4.000000</hAcc>"
                "<vAcc>5.000000</vAcc></extensions></trkpt>\n"
            )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="Apple Health Export"'
            ' xmlns="http://www.topografix.com/GPX/1/1"><trk><name>Route 2026-06-02 6:30pm</name><trkseg>\n'
            + "".join(points)
            + "</trkseg></trk></gpx>\n"
        )
