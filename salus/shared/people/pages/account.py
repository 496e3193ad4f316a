"""One's own account."""

from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from salus.shared.people import actions, queries
from salus.shared.people.pages.doors import pages
from salus.shared.people.schemas import InvitationWrite, NameWrite
from salus.web.doors import CurrentContext, Page, go


@pages.get("/account", operation=queries.me)
def account(ctx: CurrentContext) -> Page:
    return Page("people/account.html", me=queries.me(ctx), organisation=queries.my_organisation(ctx))


@pages.post("/account/name", operation=actions.rename, again=account)
def rename(ctx: CurrentContext, form: Annotated[NameWrite, Form()]) -> Response:
    actions.rename(ctx, form.name)
    return go("/account", said="Your name is changed.")


@pages.post("/account/patient", operation=actions.become_patient)
def become_patient(ctx: CurrentContext) -> Response:
    actions.become_patient(ctx)
    return go("/account", said="You can book doctors now.")


@pages.post("/account/invitations", operation=actions.invite, again=account)
def invite(ctx: CurrentContext, form: Annotated[InvitationWrite, Form()]) -> Response:
    actions.invite(ctx, form.email)
    return go("/account", said="The invitation is on its way.")
