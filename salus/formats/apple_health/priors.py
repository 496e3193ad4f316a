"""What values usually look like in a population, for previews that must not be drawn from a person's own data.

The figures are general knowledge about adults, rounded: reference ranges and typical averages as textbooks and public
health guidelines give them. They are no study's result, and no person's data went into them. Good enough to show the
shape of a data set; not for any statement about health.
"""

from dataclasses import dataclass

_QUANTITY = "HKQuantityTypeIdentifier"


@dataclass(frozen=True, slots=True)
class Prior:
    """Mean and spread of single samples in adults, the limits of what is plausible, and samples in a usual day."""

    mean: float
    spread: float
    low: float
    high: float
    per_day: float
    unit: str


PRIORS: dict[str, Prior] = {
    _QUANTITY + "StepCount": Prior(240, 220, 1, 2_500, 25, "count"),
    _QUANTITY + "DistanceWalkingRunning": Prior(0.18, 0.16, 0.001, 2.0, 25, "km"),
    _QUANTITY + "ActiveEnergyBurned": Prior(4, 5, 0.05, 60, 100, "kcal"),
    _QUANTITY + "BasalEnergyBurned": Prior(20, 10, 0.5, 90, 75, "kcal"),
    _QUANTITY + "FlightsClimbed": Prior(1.5, 1, 1, 10, 6, "count"),
    _QUANTITY + "AppleExerciseTime": Prior(1, 0, 1, 1, 30, "min"),
    _QUANTITY + "AppleStandTime": Prior(3, 1, 1, 5, 40, "min"),
    _QUANTITY + "HeartRate": Prior(76, 16, 40, 190, 200, "count/min"),
    _QUANTITY + "RestingHeartRate": Prior(65, 9, 40, 100, 1, "count/min"),
    _QUANTITY + "WalkingHeartRateAverage": Prior(100, 13, 65, 150, 1, "count/min"),
    _QUANTITY + "HeartRateVariabilitySDNN": Prior(45, 20, 8, 180, 5, "ms"),
    _QUANTITY + "OxygenSaturation": Prior(0.97, 0.015, 0.88, 1.0, 12, "%"),
    _QUANTITY + "RespiratoryRate": Prior(15, 2.5, 8, 28, 30, "count/min"),
    _QUANTITY + "BodyTemperature": Prior(36.7, 0.35, 35.2, 39.5, 0.1, "degC"),
    _QUANTITY + "BloodPressureSystolic": Prior(122, 14, 85, 190, 0.3, "mmHg"),
    _QUANTITY + "BloodPressureDiastolic": Prior(78, 10, 50, 115, 0.3, "mmHg"),
    _QUANTITY + "BloodGlucose": Prior(100, 18, 55, 220, 1, "mg/dL"),
    _QUANTITY + "BodyMass": Prior(77, 15, 42, 150, 0.4, "kg"),
    _QUANTITY + "BodyMassIndex": Prior(26, 4.5, 16, 45, 0.4, "count"),
    _QUANTITY + "BodyFatPercentage": Prior(0.27, 0.08, 0.08, 0.5, 0.4, "%"),
    _QUANTITY + "Height": Prior(170, 10, 145, 205, 0.01, "cm"),
    _QUANTITY + "VO2Max": Prior(37, 8, 15, 65, 0.3, "mL/min·kg"),
    _QUANTITY + "WalkingSpeed": Prior(4.7, 0.6, 2.5, 7, 10, "km/hr"),
    _QUANTITY + "WalkingStepLength": Prior(70, 8, 40, 100, 10, "cm"),
    _QUANTITY + "EnvironmentalAudioExposure": Prior(62, 10, 30, 100, 40, "dBASPL"),
    _QUANTITY + "HeadphoneAudioExposure": Prior(68, 8, 40, 100, 5, "dBASPL"),
    _QUANTITY + "DietaryEnergyConsumed": Prior(600, 250, 50, 1_800, 3.5, "kcal"),
    _QUANTITY + "DietaryWater": Prior(300, 120, 50, 1_000, 6, "mL"),
}
