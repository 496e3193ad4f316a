"""What Apple's names of health data mean: plain name, group, usual unit and LOINC code.

The plain names are those of the Health app where it has one. LOINC codes are the ones that Stanford's HealthKitOnFHIR
(MIT) maps these types to. The unit is the usual one; a file states its own, because it follows the person's settings.
"""

from dataclasses import dataclass

from salus.formats.apple_health.schema import Kind

_QUANTITY = "HKQuantityTypeIdentifier"
_CATEGORY = "HKCategoryTypeIdentifier"
_CORRELATION = "HKCorrelationTypeIdentifier"
_ACTIVITY = "HKWorkoutActivityType"
_SLEEP_GOAL = "HKDataTypeSleepDurationGoal"


@dataclass(frozen=True, slots=True)
class HealthType:
    """One kind of health data that Apple Health knows."""

    code: str
    name: str
    group: str
    kind: Kind
    unit: str | None = None
    loinc: str | None = None


# identifier | name | unit | LOINC, under the heading of their group
_QUANTITIES = """
# Activity
StepCount|Steps|count|55423-8
DistanceWalkingRunning|Walking and running distance|km
DistanceCycling|Cycling distance|km
DistanceSwimming|Swimming distance|m|93816-7
DistanceWheelchair|Wheelchair distance|km
DistanceDownhillSnowSports|Downhill snow sports distance|km
DistanceCrossCountrySkiing|Cross-country skiing distance|km
DistancePaddleSports|Paddle sports distance|km
DistanceRowing|Rowing distance|km
DistanceSkatingSports|Skating sports distance|km
ActiveEnergyBurned|Active energy|kcal|41981-2
BasalEnergyBurned|Resting energy|kcal
FlightsClimbed|Flights climbed|count|100304-5
PushCount|Wheelchair pushes|count|96502-0
SwimmingStrokeCount|Swimming strokes|count
AppleExerciseTime|Exercise minutes|min
AppleMoveTime|Move minutes|min
AppleStandTime|Stand minutes|min
VO2Max|Cardio fitness (VO2 max)|mL/min·kg
PhysicalEffort|Physical effort|kcal/hr·kg
WorkoutEffortScore|Workout effort|appleEffortScore
EstimatedWorkoutEffortScore|Estimated workout effort|appleEffortScore
CyclingSpeed|Cycling speed|km/hr
CyclingPower|Cycling power|W
CyclingCadence|Cycling cadence|count/min
CyclingFunctionalThresholdPower|Cycling threshold power|W
RunningSpeed|Running speed|km/hr
RunningPower|Running power|W
RunningStrideLength|Running stride length|m
RunningGroundContactTime|Running ground contact time|ms
RunningVerticalOscillation|Running vertical oscillation|cm
CrossCountrySkiingSpeed|Cross-country skiing speed|m/s
PaddleSportsSpeed|Paddle sports speed|m/s
RowingSpeed|Rowing speed|m/s
NikeFuel|NikeFuel|count
UnderwaterDepth|Underwater depth|m
WaterTemperature|Water temperature|degC
TimeInDaylight|Time in daylight|min
# Mobility
WalkingSpeed|Walking speed|km/hr
WalkingStepLength|Walking step length|cm
WalkingAsymmetryPercentage|Walking asymmetry|%
WalkingDoubleSupportPercentage|Double support time|%
AppleWalkingSteadiness|Walking steadiness|%
SixMinuteWalkTestDistance|Six-minute walk|m
StairAscentSpeed|Stair speed, up|m/s
StairDescentSpeed|Stair speed, down|m/s
NumberOfTimesFallen|Falls|count
# Heart
HeartRate|Heart rate|count/min|8867-4
RestingHeartRate|Resting heart rate|count/min|40443-4
WalkingHeartRateAverage|Walking heart rate|count/min
HeartRateRecoveryOneMinute|Heart rate recovery|count/min
HeartRateVariabilitySDNN|Heart rate variability|ms|80404-7
AtrialFibrillationBurden|Atrial fibrillation history|%
BloodPressureSystolic|Blood pressure, systolic|mmHg|8480-6
BloodPressureDiastolic|Blood pressure, diastolic|mmHg|8462-4
PeripheralPerfusionIndex|Peripheral perfusion index|%|61006-3
# Vital signs
OxygenSaturation|Blood oxygen|%|59408-5
RespiratoryRate|Respiratory rate|count/min|9279-1
BodyTemperature|Body temperature|degC|8310-5
BasalBodyTemperature|Basal body temperature|degC
BloodGlucose|Blood glucose|mg/dL|41653-7
ElectrodermalActivity|Electrodermal activity|S
# Respiratory
ForcedExpiratoryVolume1|Forced expiratory volume, 1 second|L|20150-9
ForcedVitalCapacity|Forced vital capacity|L|19870-5
PeakExpiratoryFlowRate|Peak expiratory flow rate|L/min|19935-6
InhalerUsage|Inhaler use|count
# Body
BodyMass|Weight|kg|29463-7
BodyMassIndex|Body mass index|count|39156-5
BodyFatPercentage|Body fat|%|41982-0
LeanBodyMass|Lean body mass|kg|91557-9
Height|Height|cm|8302-2
WaistCircumference|Waist circumference|cm|8280-0
# Sleep
AppleSleepingWristTemperature|Wrist temperature in sleep|degC
AppleSleepingBreathingDisturbances|Breathing disturbances in sleep|count
# Hearing
EnvironmentalAudioExposure|Environmental sound levels|dBASPL
HeadphoneAudioExposure|Headphone audio levels|dBASPL
EnvironmentalSoundReduction|Environmental sound reduction|dBASPL
# Nutrition
DietaryEnergyConsumed|Dietary energy|kcal|9052-2
DietaryCarbohydrates|Carbohydrates|g
DietaryProtein|Protein|g
DietaryFatTotal|Total fat|g
DietaryFatSaturated|Saturated fat|g
DietaryFatMonounsaturated|Monounsaturated fat|g
DietaryFatPolyunsaturated|Polyunsaturated fat|g
DietaryCholesterol|Dietary cholesterol|mg
DietaryFiber|Fibre|g
DietarySugar|Dietary sugar|g
DietarySodium|Sodium|mg
DietaryPotassium|Potassium|mg
DietaryCalcium|Calcium|mg
DietaryIron|Iron|mg
DietaryMagnesium|Magnesium|mg
DietaryPhosphorus|Phosphorus|mg
DietaryZinc|Zinc|mg
DietaryCopper|Copper|mg
DietaryManganese|Manganese|mg
DietaryChloride|Chloride|mg
DietaryIodine|Iodine|mcg
DietarySelenium|Selenium|mcg
DietaryChromium|Chromium|mcg
DietaryMolybdenum|Molybdenum|mcg
DietaryVitaminA|Vitamin A|mcg
DietaryVitaminB6|Vitamin B6|mg
DietaryVitaminB12|Vitamin B12|mcg
DietaryVitaminC|Vitamin C|mg
DietaryVitaminD|Vitamin D|mcg
DietaryVitaminE|Vitamin E|mg
DietaryVitaminK|Vitamin K|mcg
DietaryThiamin|Thiamin|mg
DietaryRiboflavin|Riboflavin|mg
DietaryNiacin|Niacin|mg
DietaryFolate|Folate|mcg
DietaryBiotin|Biotin|mcg
DietaryPantothenicAcid|Pantothenic acid|mg
DietaryCaffeine|Caffeine|mg
DietaryWater|Water|mL
NumberOfAlcoholicBeverages|Alcoholic drinks|count
# Other measurements
BloodAlcoholContent|Blood alcohol content|%|74859-0
InsulinDelivery|Insulin delivery|IU
UVExposure|UV index|count
"""

_CATEGORIES = """
# Sleep
SleepAnalysis|Sleep
SleepApneaEvent|Sleep apnoea notices
# Activity
AppleStandHour|Stand hours
LowCardioFitnessEvent|Low cardio fitness notices
# Mobility
AppleWalkingSteadinessEvent|Walking steadiness notices
# Heart
HighHeartRateEvent|High heart rate notices
LowHeartRateEvent|Low heart rate notices
IrregularHeartRhythmEvent|Irregular rhythm notices
HypertensionEvent|Hypertension notices
# Hearing
AudioExposureEvent|Loud environment notices
EnvironmentalAudioExposureEvent|Loud environment notices
HeadphoneAudioExposureEvent|Headphone notices
# Mind
MindfulSession|Mindful minutes
StateOfMind|State of mind
# Self-care
HandwashingEvent|Handwashing
ToothbrushingEvent|Toothbrushing
# Reproductive health
MenstrualFlow|Menstruation
IntermenstrualBleeding|Spotting
CervicalMucusQuality|Cervical mucus quality
OvulationTestResult|Ovulation test result
PregnancyTestResult|Pregnancy test result
ProgesteroneTestResult|Progesterone test result
Pregnancy|Pregnancy
BleedingAfterPregnancy|Bleeding after pregnancy
BleedingDuringPregnancy|Bleeding during pregnancy
Lactation|Lactation
Contraceptive|Contraceptives
SexualActivity|Sexual activity
InfrequentMenstrualCycles|Infrequent periods
IrregularMenstrualCycles|Irregular periods
PersistentIntermenstrualBleeding|Persistent spotting
ProlongedMenstrualPeriods|Prolonged periods
# Symptoms
AbdominalCramps|Abdominal cramps
Acne|Acne
AppetiteChanges|Appetite changes
BladderIncontinence|Bladder incontinence
Bloating|Bloating
BreastPain|Breast pain
ChestTightnessOrPain|Chest tightness or pain
Chills|Chills
Constipation|Constipation
Coughing|Coughing
Diarrhea|Diarrhoea
Dizziness|Dizziness
DrySkin|Dry skin
Fainting|Fainting
Fatigue|Fatigue
Fever|Fever
GeneralizedBodyAche|Body and muscle ache
HairLoss|Hair loss
Headache|Headache
Heartburn|Heartburn
HotFlashes|Hot flushes
LossOfSmell|Loss of smell
LossOfTaste|Loss of taste
LowerBackPain|Lower back pain
MemoryLapse|Memory lapse
MoodChanges|Mood changes
Nausea|Nausea
NightSweats|Night sweats
PelvicPain|Pelvic pain
RapidPoundingOrFlutteringHeartbeat|Rapid, pounding or fluttering heartbeat
RunnyNose|Runny nose
ShortnessOfBreath|Shortness of breath
SinusCongestion|Sinus congestion
SkippedHeartbeat|Skipped heartbeat
SleepChanges|Sleep changes
SoreThroat|Sore throat
VaginalDryness|Vaginal dryness
Vomiting|Vomiting
Wheezing|Wheezing
"""

_OTHERS = (
    HealthType(_CORRELATION + "BloodPressure", "Blood pressure readings", "Heart", Kind.CORRELATION, "mmHg", "85354-9"),
    HealthType(_CORRELATION + "Food", "Meals", "Nutrition", Kind.CORRELATION, None, "80453-4"),
    HealthType(_SLEEP_GOAL, "Sleep goal", "Sleep", Kind.QUANTITY, "hr"),
    HealthType("Workout", "Workouts", "Activity", Kind.WORKOUT, None, "73985-4"),
    HealthType("WorkoutRoute", "Workout routes", "Activity", Kind.ROUTE),
    HealthType("ActivitySummary", "Activity rings", "Activity", Kind.ACTIVITY_SUMMARY),
    HealthType("HeartRateVariabilityBeats", "Single heart beats", "Heart", Kind.BEATS, "count/min"),
    HealthType("HKElectrocardiogram", "Electrocardiograms", "Heart", Kind.ECG, "µV"),
    HealthType("Audiogram", "Audiograms", "Hearing", Kind.OTHER),
    HealthType("VisionPrescription", "Vision prescriptions", "Other measurements", Kind.OTHER),
)


def _parsed(table: str, prefix: str, kind: Kind) -> list[HealthType]:
    types, group = [], ""
    for line in table.strip().splitlines():
        if line.startswith("# "):
            group = line[2:]
            continue
        identifier, name, *rest = line.split("|")
        types.append(HealthType(prefix + identifier, name, group, kind, *rest))
    return types


TYPES: dict[str, HealthType] = {
    health_type.code: health_type
    for health_type in (
        *_parsed(_QUANTITIES, _QUANTITY, Kind.QUANTITY),
        *_parsed(_CATEGORIES, _CATEGORY, Kind.CATEGORY),
        *_OTHERS,
    )
}


def kind_of_record(code: str) -> Kind:
    """How the value of a `<Record>` of this type is kept: Apple's prefix decides, for types known and unknown."""
    if code.startswith(_QUANTITY) or code == _SLEEP_GOAL:
        return Kind.QUANTITY
    return Kind.CATEGORY if code.startswith(_CATEGORY) else Kind.OTHER


def known_type(code: str, kind: Kind) -> HealthType | None:
    """The type of this code, if rows of this kind are what it has."""
    known = TYPES.get(code)
    return known if known and known.kind is kind else None


def plain_name(code: str) -> str:
    """`Steps` for `HKQuantityTypeIdentifierStepCount`; an unknown code says that it is unknown."""
    if code in TYPES:
        return TYPES[code].name
    short = code
    for prefix in (_QUANTITY, _CATEGORY, _CORRELATION, "HKDataType"):
        short = short.removeprefix(prefix)
    return f"{_spaced(short)} (unknown type)"


def activity_name(code: str) -> str:
    """`High intensity interval training` for `HKWorkoutActivityTypeHighIntensityIntervalTraining`."""
    return _spaced(code.removeprefix(_ACTIVITY))


def _spaced(name: str) -> str:
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name[:80])
    return words.strip().capitalize()
