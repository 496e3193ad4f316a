"""Consents as JSON."""

from uuid import UUID

from salus.shared.consent import actions, queries
from salus.shared.consent.models import Authorisation, ConsentEvent
from salus.shared.consent.schemas.consents import (
    Agreement,
    ConsentRead,
    ConsentTextRead,
    EventRead,
    StateRead,
    Withdrawal,
)
from salus.shared.consent.schemas.receipts import Receipt
from salus.web.doors import Api, CurrentContext

api = Api("/consents")


@api.get("", operation=queries.consents, answer=list[ConsentRead])
def consents(ctx: CurrentContext) -> list[Authorisation]:
    return queries.consents(ctx)


@api.get("/received", operation=queries.received, answer=list[Receipt])
def received(ctx: CurrentContext) -> list[Receipt]:
    return queries.received(ctx)


@api.get("/states", operation=queries.states, answer=list[StateRead])
def states(ctx: CurrentContext) -> list[StateRead]:
    return queries.states(ctx)


@api.get("/{consent_id}", operation=queries.consent, answer=ConsentTextRead)
def consent(ctx: CurrentContext, consent_id: UUID) -> Authorisation:
    return queries.consent(ctx, consent_id)


@api.get("/{consent_id}/events", operation=queries.history, answer=list[EventRead])
def history(ctx: CurrentContext, consent_id: UUID) -> list[ConsentEvent]:
    return queries.history(ctx, queries.consent(ctx, consent_id))


@api.get("/{consent_id}/receipt", operation=queries.receipt, answer=Receipt)
def receipt(ctx: CurrentContext, consent_id: UUID) -> Receipt:
    return queries.receipt(ctx, consent_id)


@api.post("/{consent_id}/agreement", operation=actions.give, answer=ConsentRead, status=201)
def give(ctx: CurrentContext, consent_id: UUID, agreement: Agreement) -> Authorisation:
    return actions.give(ctx, queries.consent(ctx, consent_id), **agreement.model_dump())


@api.post("/{consent_id}/refusal", operation=actions.decline, answer=ConsentRead, status=201)
def decline(ctx: CurrentContext, consent_id: UUID) -> Authorisation:
    return actions.decline(ctx, queries.consent(ctx, consent_id))


@api.post("/{consent_id}/withdrawal", operation=actions.withdraw, answer=ConsentRead, status=201)
def withdraw(ctx: CurrentContext, consent_id: UUID, withdrawal: Withdrawal) -> Authorisation:
    return actions.withdraw(ctx, queries.consent(ctx, consent_id), because=withdrawal.because)
