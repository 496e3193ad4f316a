"""What an authorisation says: what is asked, and the exact text that a person agrees to."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from unicodedata import normalize

from babel.dates import format_date, format_datetime

from salus.kernel.fields import Money
from salus.shared.codes.rules import MEANINGS, Condition, Purpose
from salus.shared.consent.rules.refusals import NothingAsked, TooLong

LONGEST = timedelta(days=365)
"""An authorisation to sell ends after a year (RCW 19.373.070)."""
TEXT_VERSION = "1"
LANGUAGE = "en"


@dataclass(frozen=True)
class Proposal:
    """What a recipient asks for, in everything that the person is asked. Moments are in UTC."""

    person_name: str
    """Of the person who is asked, and who signs with it. The text says “you”, so that both sides may keep it."""
    recipient_name: str
    recipient_contact: str
    operator_name: str
    operator_contact: str
    title: str
    types: Mapping[str, str]
    """Code of each type of data, and its plain words."""
    purpose: Purpose
    purpose_words: str
    conditions: tuple[Condition, ...]
    price: Money
    expires_at: datetime
    period_from: date | None = None
    period_until: date | None = None

    def __post_init__(self) -> None:
        # On one line each, so that nobody can write a section of their own into the text by an empty line.
        for name, value in vars(self).items():
            if isinstance(value, str) and not isinstance(value, Purpose):
                object.__setattr__(self, name, _one_line(value))
        object.__setattr__(self, "types", {code: _one_line(words) for code, words in self.types.items()})
        conditions = tuple(Condition(term.shorthand, _one_line(term.value)) for term in self.conditions)
        object.__setattr__(self, "conditions", conditions)

    def check(self, now: datetime) -> None:
        """Raises TooLong or NothingAsked."""
        if not now < self.expires_at <= now + LONGEST:
            raise TooLong
        if not self.types:
            raise NothingAsked


@dataclass(frozen=True)
class Section:
    heading: str
    lines: tuple[str, ...]


def render(asked: Proposal, number: str) -> str:
    """The exact text a person agrees to: a heading, its lines, an empty line, and so on.

    It holds what RCW 19.373.070 asks of an authorisation to sell: the data, the seller and the buyer with their
    contacts, the purpose, that no service depends on it, the right to revoke and how, that the data may be passed on,
    the day it ends, and that it is signed. `number` is random, so that the digest, which outlives an erasure, does not
    let anyone try out what the text was.
    """
    sections = [
        ("What this is", _what_this_is(asked)),
        ("Which data", _which_data(asked)),
        ("Who sells it", [f"You, through {asked.operator_name} ({asked.operator_contact}), which hands it over."]),
        ("Who buys it", [f"{asked.recipient_name} ({asked.recipient_contact}). Nobody else."]),
        ("What for", [f"{MEANINGS[asked.purpose].title}, in the buyer's own words:", f"“{asked.purpose_words}”"]),
        ("Under which terms", [condition.for_seller for condition in asked.conditions]),
        ("What you get", [f"The price is {amount(asked.price)}. What we keep of it is shown in your earnings."]),
        ("Your choice", _choice(asked)),
        ("Once it has been handed over", _redisclosure(asked)),
        ("How long it holds", [f"Until {_moment(asked.expires_at)}, unless you withdraw it. It never renews itself."]),
        ("Your signature", ["You sign with your name. It is kept with this text, but the buyer does not get it."]),
        ("Your copy", ["You can read and download this text and its receipt at any time under “Consents”."]),
        ("Number of this text", [number]),
    ]
    return "\n\n".join("\n".join([heading, *lines]) for heading, lines in sections) + "\n"


def sections(text: str) -> list[Section]:
    """The parts of a rendered text, for a page."""
    parts = [part.split("\n") for part in text.strip("\n").split("\n\n")]
    return [Section(heading, tuple(lines)) for heading, *lines in parts]


def digest(text: str) -> str:
    """SHA-256 of the text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_signed(signature: str, name: str) -> bool:
    """Whether somebody signed with this name, whatever the case and the spaces between."""
    signed, named = (_one_line(normalize("NFKC", words)).casefold() for words in (signature, name))
    return signed == named != ""


def _one_line(words: str) -> str:
    return " ".join(words.split())


def _what_this_is(asked: Proposal) -> list[str]:
    return [
        f"{asked.recipient_name} asks to buy health data about you.",
        "If you sign, you allow this one sale. You allow nothing else, and nobody else.",
    ]


def _choice(asked: Proposal) -> list[str]:
    return [
        "You need not agree. No service, price or treatment depends on your answer.",
        "You can withdraw at any time, with one press of the button “Withdraw” under “Consents”,"
        f" or by writing to {asked.operator_contact}.",
        "From that moment nothing more is handed over.",
    ]


def _which_data(asked: Proposal) -> list[str]:
    return [
        f"“{asked.title}”",
        *(f"– {words}" for words in sorted(asked.types.values())),
        f"{period(asked.period_from, asked.period_until)}.",
        "Your name, your devices and other direct identifiers are taken out.",
    ]


def _redisclosure(asked: Proposal) -> list[str]:
    return [
        f"What {asked.recipient_name} has received before you withdraw stays with them, under the terms above.",
        "They might pass it on, and it may then no longer be protected by the law that protects it here.",
    ]


def period(first_day: date | None, last_day: date | None) -> str:
    """From 1 January 2024 to 31 December 2025."""
    first = f"From {_day(first_day)}" if first_day else "From the first day there is"
    last = f"to {_day(last_day)}" if last_day else "to the last day there is"
    return f"{first} {last}"


def amount(price: Money) -> str:
    """42.00 EUR."""
    return f"{Decimal(price.amount).scaleb(-price.exponent)} {price.currency}"


def _day(day: date) -> str:
    return format_date(day, "d MMMM y", locale="en_GB")


def _moment(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), "d MMMM y, HH:mm 'UTC'", locale="en_GB")
