"""Terms of use as codes of the GA4GH Data Use Ontology (DUO), in our own plain words.

Identifiers and shorthands are those of DUO (https://github.com/EBISPOT/DUO, CC BY 4.0, see NOTICE.md). The words are
ours; the ontology's definitions decide wherever the two could be read differently.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    PERMISSION = "permission"
    """Says what the data may be used for. An offer needs at least one."""
    MODIFIER = "modifier"
    """Narrows a permission, or asks something of the buyer."""


class Force(StrEnum):
    MAY = "may"
    MAY_NOT = "may not"
    MUST = "must"


class Parameter(StrEnum):
    """What some terms need to be told."""

    DISEASE = "disease"
    RESEARCH = "kind of research"
    MONTHS = "number of months"
    DATE = "date"
    REGION = "countries"
    INSTITUTION = "institution"
    PROJECT = "project"
    USERS = "people"


@dataclass(frozen=True)
class Term:
    """One code. `{value}` in a sentence stands for its parameter."""

    id: str
    shorthand: str
    kind: Kind
    force: Force
    title: str
    for_buyer: str
    for_seller: str
    parameter: Parameter | None = None


TERMS: dict[str, Term] = {
    term.shorthand: term
    for term in (
        Term(
            "DUO:0000004",
            "NRES",
            Kind.PERMISSION,
            Force.MAY,
            "Any use the law permits",
            "You may use the data for every purpose that is permitted here.",
            "Buyers may use your data for every purpose that is permitted here.",
        ),
        Term(
            "DUO:0000042",
            "GRU",
            Kind.PERMISSION,
            Force.MAY,
            "Any research",
            "You may use the data for research of every kind.",
            "Buyers may use your data for research of every kind.",
        ),
        Term(
            "DUO:0000006",
            "HMB",
            Kind.PERMISSION,
            Force.MAY,
            "Health and medicine",
            "You may use the data for health and medicine, but not to study where people come from.",
            "Buyers may use your data for health and medicine, but not to study where people come from.",
        ),
        Term(
            "DUO:0000007",
            "DS",
            Kind.PERMISSION,
            Force.MAY,
            "One disease",
            "You may use the data for work about this disease: {value}.",
            "Buyers may use your data for work about this disease: {value}.",
            Parameter.DISEASE,
        ),
        Term(
            "DUO:0000011",
            "POA",
            Kind.PERMISSION,
            Force.MAY,
            "Origins and ancestry",
            "You may use the data to study where people come from, and for nothing else.",
            "Buyers may use your data to study where people come from, and for nothing else.",
        ),
        Term(
            "DUO:0000043",
            "CC",
            Kind.MODIFIER,
            Force.MAY,
            "Care for patients too",
            "You may also use the data to care for patients.",
            "Buyers may also use your data to care for patients.",
        ),
        Term(
            "DUO:0000044",
            "NPOA",
            Kind.MODIFIER,
            Force.MAY_NOT,
            "No study of origins",
            "You may not study where people come from.",
            "Buyers may not study where people come from.",
        ),
        Term(
            "DUO:0000015",
            "NMDS",
            Kind.MODIFIER,
            Force.MAY_NOT,
            "No methods or software",
            "You may not develop general methods, software or algorithms with the data.",
            "Buyers may not develop general methods, software or algorithms with your data.",
        ),
        Term(
            "DUO:0000016",
            "GSO",
            Kind.MODIFIER,
            Force.MAY_NOT,
            "Genetics only",
            "You may not use the data for studies without genetics.",
            "Buyers may not use your data for studies without genetics.",
        ),
        Term(
            "DUO:0000012",
            "RS",
            Kind.MODIFIER,
            Force.MAY_NOT,
            "One kind of research",
            "You may not use the data outside this kind of research: {value}.",
            "Buyers may not use your data outside this kind of research: {value}.",
            Parameter.RESEARCH,
        ),
        Term(
            "DUO:0000046",
            "NCU",
            Kind.MODIFIER,
            Force.MAY_NOT,
            "No commercial use",
            "You may not use the data to earn money.",
            "Buyers may not use your data to earn money. A company may still buy it for work without profit.",
        ),
        Term(
            "DUO:0000045",
            "NPU",
            Kind.MODIFIER,
            Force.MAY_NOT,
            "Not-for-profit organisations only",
            "You may not use the data unless you are a not-for-profit organisation.",
            "Organisations that work for profit may not buy your data.",
        ),
        Term(
            "DUO:0000018",
            "NPUNCU",
            Kind.MODIFIER,
            Force.MAY_NOT,
            "Not-for-profit organisations, no commercial use",
            "You may not use the data unless you are a not-for-profit organisation, and never to earn money.",
            "Organisations that work for profit may not buy your data, and nobody may use it to earn money.",
        ),
        Term(
            "DUO:0000022",
            "GS",
            Kind.MODIFIER,
            Force.MAY_NOT,
            "Certain countries only",
            "You may not use the data outside: {value}.",
            "Buyers may not use your data outside: {value}.",
            Parameter.REGION,
        ),
        Term(
            "DUO:0000028",
            "IS",
            Kind.MODIFIER,
            Force.MAY_NOT,
            "One institution only",
            "You may not use the data outside this institution: {value}.",
            "Nobody outside this institution may use your data: {value}.",
            Parameter.INSTITUTION,
        ),
        Term(
            "DUO:0000027",
            "PS",
            Kind.MODIFIER,
            Force.MAY_NOT,
            "One project only",
            "You may not use the data outside this project: {value}.",
            "Buyers may not use your data outside this project: {value}.",
            Parameter.PROJECT,
        ),
        Term(
            "DUO:0000026",
            "US",
            Kind.MODIFIER,
            Force.MAY_NOT,
            "Named people only",
            "You may not let anyone work with the data but: {value}.",
            "Buyers may not let anyone work with your data but: {value}.",
            Parameter.USERS,
        ),
        Term(
            "DUO:0000025",
            "TS",
            Kind.MODIFIER,
            Force.MAY_NOT,
            "A limited time",
            "You may not use the data for longer than {value} months.",
            "Buyers may not use your data for longer than {value} months.",
            Parameter.MONTHS,
        ),
        Term(
            "DUO:0000024",
            "MOR",
            Kind.MODIFIER,
            Force.MAY_NOT,
            "No results before a date",
            "You may not publish results before {value}.",
            "Buyers may not publish results before {value}.",
            Parameter.DATE,
        ),
        Term(
            "DUO:0000021",
            "IRB",
            Kind.MODIFIER,
            Force.MUST,
            "Ethics approval",
            "You must show the approval of an ethics board before you get the data.",
            "Buyers must show the approval of an ethics board before they get your data.",
        ),
        Term(
            "DUO:0000019",
            "PUB",
            Kind.MODIFIER,
            Force.MUST,
            "Published results",
            "You must publish what you find, so that other scientists can read it.",
            "Buyers must publish what they find, so that other scientists can read it.",
        ),
        Term(
            "DUO:0000020",
            "COL",
            Kind.MODIFIER,
            Force.MUST,
            "Working together",
            "You must work together with the researchers who collected the data.",
            "Buyers must work together with the researchers who collected the data.",
        ),
        Term(
            "DUO:0000029",
            "RTN",
            Kind.MODIFIER,
            Force.MUST,
            "Giving results back",
            "You must give back what you derive from the data.",
            "Buyers must give back what they derive from your data.",
        ),
    )
}
