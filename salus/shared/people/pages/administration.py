"""What administrators see of people, and decide about them."""

from typing import Annotated
from uuid import UUID

from fastapi import Form, Query
from starlette.responses import Response

from salus.kernel.actor import Role
from salus.shared.people import actions, queries
from salus.shared.people.models import Review
from salus.shared.people.pages.doors import pages
from salus.shared.people.schemas import ContactAsked, Decision, Ending, FactorReset, Grant, Suspension
from salus.web.doors import CurrentContext, Page, go

pages.menu("Accounts to review", "/review", roles={Role.ADMINISTRATOR}, place=20, also=("/organisations",))
pages.menu("People", "/people", roles={Role.ADMINISTRATOR}, place=30)


@pages.get("/review", operation=queries.pending_reviews)
def reviews(ctx: CurrentContext) -> Page:
    return Page("people/review.html", reviews=queries.pending_reviews(ctx))


@pages.get("/people", operation=queries.people)
def people(
    ctx: CurrentContext, email: Annotated[str, Query(max_length=254)] = "", review: Review | None = None
) -> Page:
    return Page(
        "people/people.html", people=queries.people(ctx, email=email, review=review), email=email, review=review
    )


@pages.get("/people/{person_id}", operation=queries.person)
def person(ctx: CurrentContext, person_id: UUID) -> Page:
    return Page("people/person.html", person=queries.person(ctx, person_id))


@pages.post("/people/{person_id}/contact", operation=actions.open_contact, again=person, limit="20/hour")
def open_contact(ctx: CurrentContext, person_id: UUID, asked: Annotated[ContactAsked, Form()]) -> Page:
    return Page("people/contact.html", contact=actions.open_contact(ctx, person_id, reason=asked.reason))


@pages.post("/people/{person_id}/review", operation=actions.review_seller, again=person)
def review_seller(ctx: CurrentContext, person_id: UUID, decision: Annotated[Decision, Form()]) -> Response:
    actions.review_seller(ctx, queries.person(ctx, person_id), review=decision.review, reason=decision.reason)
    return go("/review", said="The decision is noted, and the person is told.")


@pages.post("/people/{person_id}/roles", operation=actions.grant_role, again=person)
def grant_role(ctx: CurrentContext, person_id: UUID, grant: Annotated[Grant, Form()]) -> Response:
    actions.grant_role(ctx, queries.person(ctx, person_id), grant.role)
    return go(f"/people/{person_id}", said="The role is given. It begins with their next sign-in.")


@pages.post("/people/{person_id}/roles/end", operation=actions.end_role, again=person)
def end_role(ctx: CurrentContext, person_id: UUID, ending: Annotated[Ending, Form()]) -> Response:
    actions.end_role(ctx, queries.person(ctx, person_id), ending.role)
    return go(f"/people/{person_id}", said="The role is taken.")


@pages.post("/people/{person_id}/suspend", operation=actions.suspend, again=person)
def suspend(ctx: CurrentContext, person_id: UUID, suspension: Annotated[Suspension, Form()]) -> Response:
    actions.suspend(ctx, queries.person(ctx, person_id), reason=suspension.reason)
    return go(f"/people/{person_id}", said="The account is locked.")


@pages.post("/people/{person_id}/restore", operation=actions.restore)
def restore(ctx: CurrentContext, person_id: UUID) -> Response:
    actions.restore(ctx, queries.person(ctx, person_id))
    return go(f"/people/{person_id}", said="The account is open again.")


@pages.post("/people/{person_id}/sign-out", operation=actions.sign_out_person)
def sign_out_person(ctx: CurrentContext, person_id: UUID) -> Response:
    actions.sign_out_person(ctx, queries.person(ctx, person_id))
    return go(f"/people/{person_id}", said="They are signed out everywhere.")


@pages.post("/people/sign-out", operation=actions.sign_out_everybody)
def sign_out_everybody(ctx: CurrentContext) -> Response:
    actions.sign_out_everybody(ctx)
    return go("/people", said="Everybody but you is signed out.")


@pages.post("/people/{person_id}/factors/reset", operation=actions.reset_factors, again=person)
def reset_factors(ctx: CurrentContext, person_id: UUID, form: Annotated[FactorReset, Form()]) -> Response:
    actions.reset_factors(ctx, queries.person(ctx, person_id), reason=form.reason)
    return go(f"/people/{person_id}", said="Their second factors are removed, and they are told.")


@pages.get("/organisations/{organisation_id}", operation=queries.members)
def organisation(ctx: CurrentContext, organisation_id: UUID) -> Page:
    return Page(
        "people/organisation.html",
        organisation=queries.organisation(ctx, organisation_id),
        members=queries.members(ctx, organisation_id),
    )


@pages.post("/organisations/{organisation_id}/review", operation=actions.review_organisation, again=organisation)
def review_organisation(ctx: CurrentContext, organisation_id: UUID, decision: Annotated[Decision, Form()]) -> Response:
    its = queries.organisation(ctx, organisation_id)
    actions.review_organisation(ctx, its, review=decision.review, reason=decision.reason)
    return go("/review", said="The decision is noted, and its members are told.")
