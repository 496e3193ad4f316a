"""The way through a provider and back, the account page with what is linked, and the administrator's page."""

from typing import Annotated
from uuid import UUID

from fastapi import Form, Query
from starlette.responses import Response

from salus.kernel.actor import Role
from salus.shared.federation import actions, gateways, queries
from salus.shared.federation.actions.attempts import Arrival
from salus.shared.federation.schemas import Agreement, Beginning, ProviderWrite, Return
from salus.shared.people.pages import entrance
from salus.shared.people.pages.doors import FEW, let_in
from salus.shared.people.pages.entrance import WayIn
from salus.shared.people.rules import device
from salus.web.doors import CurrentContext, Headers, Page, Pages, Visitor, go

pages = Pages()
pages.account("Linked accounts", "/account/links", place=30)
pages.menu("Sign-in providers", "/providers", roles={Role.ADMINISTRATOR}, place=88)
entrance.also_offer(
    lambda ctx: [WayIn(f"Sign in with {way.name}", f"/sign-in/with/{way.provider_id}") for way in queries.ways_in(ctx)]
)


@pages.get("/account/links", operation=queries.links)
def links(ctx: CurrentContext) -> Page:
    return Page("federation/links.html", links=queries.links(ctx), ways_in=queries.ways_in(ctx))


def way_on(ctx: CurrentContext) -> Page:
    """Where somebody goes on from who could not be signed in with a provider, or link an account there."""
    return links(ctx) if ctx.actor.is_signed_in else entrance.sign_in_page(ctx)


@pages.post("/sign-in/with/{provider_id}", operation=actions.begin, again=way_on, limit=FEW, long=True)
def begin(ctx: CurrentContext, provider_id: UUID, visitor: Visitor, form: Annotated[Beginning, Form()]) -> Page:
    with ctx.again() as own:
        attempt = actions.begin(own, provider_id, browser=visitor, next_page=form.next)
    return Page("federation/leaving.html", url=gateways.authorization_url(attempt.client, attempt.proofs))


@pages.post("/account/links/{provider_id}", operation=actions.begin_link, again=way_on, limit=FEW, long=True)
def begin_link(ctx: CurrentContext, provider_id: UUID, visitor: Visitor) -> Page:
    with ctx.again() as own:
        attempt = actions.begin_link(own, queries.way_in(own, provider_id).provider_id, browser=visitor)
    return Page("federation/leaving.html", url=gateways.authorization_url(attempt.client, attempt.proofs))


@pages.get("/sign-in/with/{provider_id}/callback", operation=actions.sign_in, again=way_on, limit=FEW, long=True)
def come_back(
    ctx: CurrentContext, provider_id: UUID, headers: Headers, visitor: Visitor, answer: Annotated[Return, Query()]
) -> Response:
    is_agreed = bool(answer.code) and not answer.error
    with ctx.again() as own:
        attempt = actions.come_back(own, provider_id, state=answer.state, browser=visitor, is_agreed=is_agreed)
    claims = gateways.claims(attempt.client, attempt.proofs, code=answer.code, answered_by=answer.iss)
    with ctx.again() as own:
        return _go_on(actions.sign_in(own, attempt.id, claims, device=device(headers.get("user-agent", ""))))


@pages.get("/sign-up/with/{attempt_id}", operation=queries.newcomer)
def newcomer(ctx: CurrentContext, attempt_id: UUID, visitor: Visitor) -> Page:
    return Page("federation/newcomer.html", newcomer=queries.newcomer(ctx, attempt_id, visitor))


@pages.post("/sign-up/with/{attempt_id}", operation=actions.open_account, again=newcomer, limit=FEW)
def open_account(
    ctx: CurrentContext, attempt_id: UUID, headers: Headers, visitor: Visitor, form: Annotated[Agreement, Form()]
) -> Response:
    on = device(headers.get("user-agent", ""))
    return let_in(actions.open_account(ctx, attempt_id, browser=visitor, name=form.name, device=on), "/")


@pages.post("/account/links/{link_id}/unlink", operation=actions.unlink, again=links)
def unlink(ctx: CurrentContext, link_id: UUID) -> Response:
    actions.unlink(ctx, queries.link(ctx, link_id))
    return go("/account/links", said="The account is unlinked.")


@pages.get("/providers", operation=queries.providers)
def providers(ctx: CurrentContext) -> Page:
    return Page("federation/providers.html", providers=queries.providers(ctx))


@pages.get("/providers/new", operation=queries.providers)
def new_provider(ctx: CurrentContext) -> Page:
    queries.providers(ctx)
    return Page("federation/provider.html", registered=None)


@pages.post("/providers", operation=actions.add_provider, again=new_provider, long=True)
def add_provider(ctx: CurrentContext, form: Annotated[ProviderWrite, Form()]) -> Response:
    gateways.discovered(form.issuer)
    with ctx.again() as own:
        added = actions.add_provider(own, form)
    return go(f"/providers/{added.id}", said="The provider is on the sign-in page. Register the address below there.")


@pages.get("/providers/{provider_id}", operation=queries.provider)
def provider(ctx: CurrentContext, provider_id: UUID) -> Page:
    return Page("federation/provider.html", registered=queries.provider(ctx, provider_id))


@pages.post("/providers/{provider_id}", operation=actions.change_provider, again=provider)
def change_provider(ctx: CurrentContext, provider_id: UUID, form: Annotated[ProviderWrite, Form()]) -> Response:
    actions.change_provider(ctx, queries.provider(ctx, provider_id).provider, form)
    return go("/providers", said="The provider is described anew.")


@pages.post("/providers/{provider_id}/retire", operation=actions.retire_provider)
def retire_provider(ctx: CurrentContext, provider_id: UUID) -> Response:
    actions.retire_provider(ctx, queries.provider(ctx, provider_id).provider)
    return go("/providers", said="Nobody signs in with it any more.")


def _go_on(arrival: Arrival) -> Response:
    if arrival.ticket is None:
        return go(arrival.page, said=arrival.said)
    return let_in(arrival.ticket, arrival.page)
