"""How values look on a page: money, moments, counts. Pure functions over Babel; `install` gives them to Jinja."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from jinja2 import Environment
from markupsafe import Markup

from salus.formats.amounts import LOCALE, amount_text
from salus.formats.moments import local_text, zone_name

STATIC = Path(__file__).parent / "static"


class Priced(Protocol):
    """An amount in the smallest unit of its currency: 1250 and EUR are €12.50."""

    @property
    def amount(self) -> int: ...
    @property
    def currency(self) -> str: ...


def money(price: Priced) -> str:
    """€12.50; a currency without minor units shows none (¥1,250)."""
    return amount_text(price.amount, price.currency)


def moment(at: datetime) -> Markup:
    """24 Nov 2026, 14:05 UTC. Every time names its zone, because buyer and seller may live in different ones."""
    if at.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    utc = at.astimezone(UTC)
    shown = format_datetime(utc, "d MMM y, HH:mm 'UTC'", locale=LOCALE)
    return Markup('<time datetime="{}">{}</time>').format(utc.isoformat(timespec="seconds"), shown)


def day(on: date) -> Markup:
    """24 Nov 2026. A moment is cut to its day in UTC."""
    if isinstance(on, datetime):
        on = on.astimezone(UTC).date()
    return Markup('<time datetime="{}">{}</time>').format(on.isoformat(), format_date(on, "d MMM y", locale=LOCALE))


def weekday(on: date) -> Markup:
    """Monday 30 November 2026."""
    shown = format_date(on, "EEEE d MMMM y", locale=LOCALE)
    return Markup('<time datetime="{}">{}</time>').format(on.isoformat(), shown)


def local(at: datetime, zone: str) -> Markup:
    """Mon 30 Nov 2026, 09:30 Helsinki time (UTC+2): as clocks show it where it is, with their zone named."""
    there = at.astimezone(ZoneInfo(zone))
    shown = local_text(at, zone)
    return Markup('<time datetime="{}">{}</time>').format(there.isoformat(timespec="seconds"), shown)


def clock(at: datetime, zone: str) -> Markup:
    """09:30, as clocks show it there. The zone must be named nearby."""
    there = at.astimezone(ZoneInfo(zone))
    return Markup('<time datetime="{}">{}</time>').format(there.isoformat(timespec="seconds"), there.strftime("%H:%M"))


def number(value: float | Decimal) -> str:
    """1,234 and 0.25: grouped, at most two decimals."""
    return format_decimal(value, "#,##0.##", locale=LOCALE)


def plural(count: int, one: str, many: str | None = None) -> str:
    """1 record, 1,234 records; `many` for words that do not just take an s."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def size(octets: int) -> str:
    """4.2 MB, in units of a thousand as file managers show them."""
    value = float(octets)
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{format_decimal(value, '#,##0.#', locale=LOCALE)} {unit}"
        value /= 1000
    return f"{format_decimal(value, '#,##0.#', locale=LOCALE)} GB"


def polyline(values: Sequence[float], width: int = 96, height: int = 24) -> str:
    """The points of an SVG polyline that fills the box: the first value left, the greatest at the top."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    step = width / (len(values) - 1)
    # A flat series runs through the middle instead of dividing by nothing.
    scale = height / (high - low) if high > low else 0.0
    offset = 0.0 if scale else height / 2
    return " ".join(f"{i * step:.1f},{height - offset - (v - low) * scale:.1f}" for i, v in enumerate(values))


@lru_cache(maxsize=64)
def _version(path: Path, _changed_at: int) -> str:
    return sha256(path.read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """The address of a static file with its content in the query, so browsers may keep it for ever."""
    path = STATIC / name
    return f"/static/{name}?v={_version(path, path.stat().st_mtime_ns)}"


def install(environment: Environment) -> None:
    """Give an environment all filters of this module and the global `asset`."""
    for shown in (money, moment, day, weekday, local, clock, zone_name, number, plural, size, polyline):
        environment.filters[shown.__name__] = shown
    environment.globals["asset"] = asset
