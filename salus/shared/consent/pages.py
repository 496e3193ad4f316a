"""Where a person reads what they are asked, answers, and takes back what they allowed."""

from typing import Annotated
from uuid import UUID

from fastapi import Form
from starlette.responses import Response

from salus.formats.receipt import consent_receipt_pdf
from salus.kernel.actor import Role
from salus.shared.codes.rules import MEANINGS
from salus.shared.consent import actions, queries
from salus.shared.consent.rules.text import sections
from salus.shared.consent.schemas.consents import Agreement
from salus.web.doors import CurrentContext, Page, Pages, download, go

pages = Pages()
pages.menu("Consents", "/consents", roles={Role.SELLER}, place=47)


@pages.get("/consents", operation=queries.consents)
def consents(ctx: CurrentContext) -> Page:
    return Page("consent/consents.html", consents=queries.consents(ctx), meanings=MEANINGS)


@pages.get("/consents/{consent_id}", operation=queries.consent)
def consent(ctx: CurrentContext, consent_id: UUID) -> Page:
    found = queries.consent(ctx, consent_id)
    return Page(
        "consent/consent.html", consent=found, sections=sections(found.text), events=queries.history(ctx, found)
    )


@pages.post("/consents/{consent_id}/give", operation=actions.give, again=consent)
def give(ctx: CurrentContext, consent_id: UUID, agreement: Annotated[Agreement, Form()]) -> Response:
    actions.give(ctx, queries.consent(ctx, consent_id), **agreement.model_dump())
    return go(f"/consents/{consent_id}", said="You agreed. You can withdraw at any time, here.")


@pages.post("/consents/{consent_id}/decline", operation=actions.decline, again=consent)
def decline(ctx: CurrentContext, consent_id: UUID) -> Response:
    actions.decline(ctx, queries.consent(ctx, consent_id))
    return go(f"/consents/{consent_id}", said="You declined. Nothing is handed over, and nobody is charged.")


@pages.post("/consents/{consent_id}/withdraw", operation=actions.withdraw, again=consent)
def withdraw(ctx: CurrentContext, consent_id: UUID) -> Response:
    actions.withdraw(ctx, queries.consent(ctx, consent_id))
    return go(f"/consents/{consent_id}", said="You withdrew this consent. Nothing more is handed over.")


@pages.get("/consents/{consent_id}/receipt.json", operation=queries.receipt)
def receipt_as_json(ctx: CurrentContext, consent_id: UUID) -> Response:
    content = queries.receipt(ctx, consent_id).model_dump_json(indent=2).encode()
    return download(content, name=f"consent-{consent_id}.json", media_type="application/json")


@pages.get("/consents/{consent_id}/receipt.pdf", operation=queries.receipt)
def receipt_as_pdf(ctx: CurrentContext, consent_id: UUID) -> Response:
    content = consent_receipt_pdf(queries.receipt(ctx, consent_id).on_paper())
    return download(content, name=f"consent-{consent_id}.pdf", media_type="application/pdf")
