"""The receipt of a consent, in the shape of ISO/IEC TS 27560:2023."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel

from salus.formats.receipt import ConsentReceipt, Term
from salus.kernel.keys import KeyDestroyed
from salus.shared.codes.rules import MEANINGS, Purpose
from salus.shared.consent.models import Authorisation, ConsentEvent, ConsentState
from salus.shared.consent.rules.text import amount, period

LAWFUL_BASIS = "Explicit consent: GDPR art. 6(1)(a) and 9(2)(a). Authorisation to sell: RCW 19.373.070."
WITHDRAWAL_METHOD = "One press of “Withdraw” under “Consents” in the person's account, or writing to the controller."


class Party(BaseModel):
    """Somebody named in the consent, by role."""

    role: Literal["pii_principal", "pii_controller", "recipient"]
    name: str
    contact: str | None = None
    id: UUID | None = None


class Notice(BaseModel):
    """The text agreed to, and its digest."""

    text: str
    sha256: str
    version: str
    language: str


class TermAgreed(BaseModel):
    """A term of use, by its code of the Data Use Ontology and in plain words."""

    code: str
    shorthand: str
    words: str


class Processing(BaseModel):
    """What was allowed."""

    purpose: str
    purpose_title: str
    purpose_rule: str
    purpose_words: str
    lawful_basis: str
    data_set: UUID
    title: str
    types: dict[str, str]
    period_from: date | None
    period_until: date | None
    terms: list[TermAgreed]
    price: str
    expires_at: datetime
    withdrawal_method: str


class Happened(BaseModel):
    """One event of the consent's life."""

    state: str
    at: datetime
    channel: str


class Receipt(BaseModel):
    """A consent receipt in the shape of ISO/IEC TS 27560:2023: header, parties, notice, processing, events."""

    schema_version: str = "ISO/IEC TS 27560:2023"
    record_id: UUID
    state: str
    parties: list[Party]
    notice: Notice
    processing: Processing
    events: list[Happened]

    @classmethod
    def of(cls, authorisation: Authorisation, events: Iterable[ConsentEvent], *, names_the_person: bool) -> Self:
        """The receipt for one of the two sides.

        The recipient's does not name the person: the data they get is without direct identifiers, and the receipt must
        not undo that. Both hold the same text and digest, so that they can be shown to belong together.
        """
        return cls(
            record_id=authorisation.id,
            state=authorisation.state,
            parties=_parties(authorisation, names_the_person=names_the_person),
            notice=Notice(
                text=_text(authorisation),
                sha256=authorisation.text_sha256,
                version=authorisation.text_version,
                language=authorisation.language,
            ),
            processing=_processing(authorisation),
            events=[Happened(state=one.kind, at=one.happened_at, channel=one.channel) for one in events],
        )

    def on_paper(self) -> ConsentReceipt:
        """The same for the PDF."""
        person, controller, recipient = (party.name for party in self.parties)
        allowed = self.processing
        given_at = next(event.at for event in self.events if event.state == ConsentState.GIVEN).replace(microsecond=0)
        return ConsentReceipt(
            receipt_id=str(self.record_id),
            given_at=given_at,
            expires_at=allowed.expires_at,
            subject=person,
            recipient=recipient,
            controller=controller,
            data_set=allowed.title,
            types=tuple(sorted(allowed.types.values())),
            period=period(allowed.period_from, allowed.period_until),
            purpose=f"{allowed.purpose_title}: {allowed.purpose_words}",
            purpose_code=allowed.purpose_rule,
            terms=tuple(Term(term.code, term.words) for term in allowed.terms),
            jurisdiction=allowed.lawful_basis,
            withdrawal=allowed.withdrawal_method,
            notice=self.notice.text,
        )


def _text(authorisation: Authorisation) -> str:
    """The notice as it was agreed to. Of somebody who was erased the rest of the receipt stays, and its digest."""
    try:
        return str(authorisation.text)
    except KeyDestroyed:
        return "Erased at the request of the person. The digest below stays, and so does everything else here."


def _parties(authorisation: Authorisation, *, names_the_person: bool) -> list[Party]:
    person = authorisation.person_name if names_the_person else f"A person known to {authorisation.operator_name}"
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
    conditions = authorisation.conditions
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
        terms=[TermAgreed(code=one.term.id, shorthand=one.shorthand, words=one.for_buyer) for one in conditions],
        price=amount(authorisation.price),
        expires_at=authorisation.expires_at,
        withdrawal_method=WITHDRAWAL_METHOD,
    )
