"""Rules as people say them."""

from salus.shared.calendar.models import Hours

DAYS = {
    "MO": "Monday",
    "TU": "Tuesday",
    "WE": "Wednesday",
    "TH": "Thursday",
    "FR": "Friday",
    "SA": "Saturday",
    "SU": "Sunday",
}
WEEKLY = "FREQ=WEEKLY;BYDAY="
WEEKDAYS = ["MO", "TU", "WE", "TH", "FR"]


def in_words(hours: Hours) -> str:
    """`Monday and Thursday`, `Every 2 weeks on Friday`; a rule that is not about days of the week as it is written."""
    parts = dict(part.split("=", 1) for part in hours.rule.split(";"))
    interval, days = int(parts.pop("INTERVAL", "1")), parts.pop("BYDAY", "")
    parts.pop("WKST", None)
    named = [day for day in DAYS if day in days.split(",")]
    if parts != {"FREQ": "WEEKLY"} or not named or len(named) < len(days.split(",")):
        return hours.rule
    words = "Monday to Friday" if named == WEEKDAYS else "Every day" if len(named) == len(DAYS) else _listed(named)
    return words if interval == 1 else f"Every {interval} weeks on {words}"


def weekdays(hours: Hours) -> list[str] | None:
    """The days of a rule that is about nothing but days of every week, as `MO`; None for any other."""
    days = hours.rule.removeprefix(WEEKLY).split(",")
    return days if hours.rule.startswith(WEEKLY) and DAYS.keys() >= set(days) else None


def _listed(days: list[str]) -> str:
    *most, last = (DAYS[day] for day in days)
    return f"{', '.join(most)} and {last}" if most else last
