"""The receipt of a consent, in the shape of ISO/IEC TS 27560:2023."""

from collections.abc import Iterable

from salus.shared.codes.rules import MEANINGS, Purpose
from salus.shared.consent.models import Authorisation, ConsentEvent
from salus.shared.consent.rules.text import amount
from salus.shared.consent.schemas import Happened, Notice, Party, Processing, Receipt

LAWFUL_BASIS = "Explicit consent: GDPR art. 6(1)(a) and 9(2)(a). Authorisation to sell: RCW 19.373.070."
WITHDRAWAL_METHOD = "One press of “Withdraw” under “Consents” in the person's account, or writing to the controller."
UNNAMED = "The person, known to the controller"


def receipt(authorisation: Authorisation, events: Iterable[ConsentEvent], *, names_the_person: bool) -> Receipt:
    """The receipt for one of the two sides.

    The recipient's does not name the person: the data they get is without direct identifiers, and the receipt must not
    undo that. Both hold the same digest of the text, so that they can be shown to belong together.
    """
    return Receipt(
        record_id=authorisation.id,
        state=authorisation.state,
        parties=_parties(authorisation, names_the_person=names_the_person),
        notice=Notice(
            sha256=authorisation.text_sha256, version=authorisation.text_version, language=authorisation.language
        ),
        processing=_processing(authorisation),
        events=[Happened(state=one.kind, at=one.happened_at, channel=one.channel) for one in events],
    )


def _parties(authorisation: Authorisation, *, names_the_person: bool) -> list[Party]:
    person = authorisation.person_name if names_the_person else UNNAMED
    return [
        Party(role="pii_principal", name=person),
        Party(role="pii_controller", name=authorisation.operator_name, contact=authorisation.operator_contact),
        Party(
            role="recipient",
            name=authorisation.recipient_name,
            contact=authorisation.recipient_contact,
            id=authorisation.recipient_id,
        ),
    ]


def _processing(authorisation: Authorisation) -> Processing:
    meaning = MEANINGS[Purpose(authorisation.purpose)]
    return Processing(
        purpose=authorisation.purpose,
        purpose_title=meaning.title,
        purpose_rule=f"Regulation (EU) 2025/327 {meaning.rule}",
        purpose_words=authorisation.purpose_words,
        lawful_basis=LAWFUL_BASIS,
        data_set=authorisation.subject_id,
        title=authorisation.subject_title,
        types=authorisation.types,
        period_from=authorisation.period_from,
        period_until=authorisation.period_until,
        terms=[
            f"{condition.term.id} {condition.shorthand}: {condition.for_buyer}"
            for condition in authorisation.conditions
        ],
        price=amount(authorisation.price),
        expires_at=authorisation.expires_at,
        withdrawal_method=WITHDRAWAL_METHOD,
    )
