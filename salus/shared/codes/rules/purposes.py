"""What health data may be used for, as a closed list.

The European Health Data Space (Regulation (EU) 2025/327) permits the uses of its article 53(1) and prohibits those of
its article 54. Salus holds every trade to them, also where the regulation does not apply: nobody can judge free text.
"""

from dataclasses import dataclass
from enum import StrEnum

from salus.kernel.errors import Refusal


class PurposeProhibited(Refusal):
    """Article 54: nobody can consent to these uses here."""

    status = 422
    message = "Health data may never be used for this purpose. Please state what you need the data for."
    field = "purpose"


class Purpose(StrEnum):
    PUBLIC_HEALTH = "public_health"
    POLICY = "policy"
    STATISTICS = "statistics"
    EDUCATION = "education"
    RESEARCH = "research"
    PRODUCTS = "products"
    ALGORITHMS = "algorithms"
    CARE = "care"
    HARMFUL_DECISIONS = "harmful_decisions"
    EXCLUSION = "exclusion"
    ADVERTISING = "advertising"
    HARMFUL_PRODUCTS = "harmful_products"
    UNETHICAL = "unethical"


@dataclass(frozen=True)
class Meaning:
    """What a purpose is, in words for people. `rule` is where in Regulation (EU) 2025/327 it stands."""

    purpose: Purpose
    title: str
    explanation: str
    rule: str
    is_permitted: bool


MEANINGS: dict[Purpose, Meaning] = {
    meaning.purpose: meaning
    for meaning in (
        Meaning(
            Purpose.PUBLIC_HEALTH,
            "Protecting public health",
            "Watching how illnesses spread, being ready for epidemics, and keeping care, medicines and devices safe.",
            "art. 53(1)(a)",
            True,
        ),
        Meaning(
            Purpose.POLICY,
            "Health policy and supervision",
            "Helping public bodies to plan, to decide and to supervise health and care.",
            "art. 53(1)(b)",
            True,
        ),
        Meaning(
            Purpose.STATISTICS,
            "Statistics about health",
            "Counting and comparing, so that only numbers about many people come out.",
            "art. 53(1)(c)",
            True,
        ),
        Meaning(
            Purpose.EDUCATION,
            "Teaching in health and care",
            "Teaching students and professionals of health and care.",
            "art. 53(1)(d)",
            True,
        ),
        Meaning(
            Purpose.RESEARCH,
            "Scientific research",
            "Finding out more about health, illness and care, for the benefit of patients and carers.",
            "art. 53(1)(e)",
            True,
        ),
        Meaning(
            Purpose.PRODUCTS,
            "Developing health products and services",
            "Research that leads to better medicines, devices or services for health and care.",
            "art. 53(1)(e)(i)",
            True,
        ),
        Meaning(
            Purpose.ALGORITHMS,
            "Training and testing algorithms for health",
            "Teaching, testing and judging software for health and care, artificial intelligence included.",
            "art. 53(1)(e)(ii)",
            True,
        ),
        Meaning(
            Purpose.CARE,
            "Better care for other patients",
            "Improving how patients are treated, by comparing with what helped others.",
            "art. 53(1)(f)",
            True,
        ),
        Meaning(
            Purpose.HARMFUL_DECISIONS,
            "Decisions against people",
            "Deciding something to the disadvantage of a person or a group because of their health data.",
            "art. 54(a)",
            False,
        ),
        Meaning(
            Purpose.EXCLUSION,
            "Jobs, insurance, credit and prices",
            "Choosing whom to employ, insure or lend to, or on what terms, and any other discrimination.",
            "art. 54(b)",
            False,
        ),
        Meaning(
            Purpose.ADVERTISING,
            "Advertising and marketing",
            "Choosing whom to advertise to, or what to say to them.",
            "art. 54(c)",
            False,
        ),
        Meaning(
            Purpose.HARMFUL_PRODUCTS,
            "Harmful products",
            "Developing what harms people or society: drugs, alcohol, tobacco, weapons, products made to be addictive.",
            "art. 54(d)",
            False,
        ),
        Meaning(
            Purpose.UNETHICAL,
            "What ethics rules of a country forbid",
            "Any activity against the ethical provisions of national law.",
            "art. 54(e)",
            False,
        ),
    )
}

PERMITTED: tuple[Purpose, ...] = tuple(purpose for purpose, meaning in MEANINGS.items() if meaning.is_permitted)
PROHIBITED: tuple[Purpose, ...] = tuple(purpose for purpose, meaning in MEANINGS.items() if not meaning.is_permitted)


def check_purpose(purpose: Purpose) -> None:
    """Raises PurposeProhibited for a use that article 54 prohibits."""
    if purpose in PROHIBITED:
        raise PurposeProhibited
