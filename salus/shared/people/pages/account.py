"""One's own account."""

from typing import Annotated
from uuid import UUID

from fastapi import Form
from starlette.responses import Response

from salus.shared.people import actions, queries
from salus.shared.people.pages.doors import pages
from salus.shared.people.pages.qr import qr_of
from salus.shared.people.schemas import CodeWrite, InvitationWrite, NameWrite, PasswordChange
from salus.web.doors import CurrentContext, Page, go
from salus.web.security import clear_session_cookie, set_session_cookie


@pages.get("/account", operation=queries.me)
def account(ctx: CurrentContext) -> Page:
    return Page("people/account.html", me=queries.me(ctx), organisation=queries.my_organisation(ctx))


@pages.post("/account/name", operation=actions.rename, again=account)
def rename(ctx: CurrentContext, form: Annotated[NameWrite, Form()]) -> Response:
    actions.rename(ctx, form.name)
    return go("/account", said="Your name is changed.")


@pages.post("/account/invitations", operation=actions.invite, again=account)
def invite(ctx: CurrentContext, form: Annotated[InvitationWrite, Form()]) -> Response:
    actions.invite(ctx, form.email)
    return go("/account", said="The invitation is on its way.")


@pages.get("/account/security", operation=queries.sessions)
def security(ctx: CurrentContext) -> Page:
    set_up = queries.set_up(ctx)
    return Page(
        "people/security.html",
        me=queries.me(ctx),
        sessions=queries.sessions(ctx),
        set_up=set_up,
        qr=qr_of(set_up),
    )


@pages.post("/account/security/password", operation=actions.change_password, again=security)
def change_password(ctx: CurrentContext, form: Annotated[PasswordChange, Form()]) -> Response:
    ticket = actions.change_password(ctx, current_password=form.current_password, password=form.password)
    response = go("/account/security", said="Your password is changed. You were signed out everywhere else.")
    set_session_cookie(response, ticket.token)
    return response


@pages.post("/account/security/sessions/{session_id}/end", operation=actions.end_session)
def end_session(ctx: CurrentContext, session_id: UUID) -> Response:
    actions.end_session(ctx, queries.session(ctx, session_id))
    return go("/account/security", said="That device is signed out.")


@pages.post("/account/security/sessions/end", operation=actions.sign_out_everywhere)
def sign_out_everywhere(ctx: CurrentContext) -> Response:
    actions.sign_out_everywhere(ctx)
    response = go("/sign-in", said="You are signed out everywhere.")
    clear_session_cookie(response)
    return response


@pages.post("/account/security/second-factor", operation=actions.set_up_totp)
def set_up_second_factor(ctx: CurrentContext) -> Response:
    actions.set_up_totp(ctx)
    return go("/account/security")


@pages.post("/account/security/second-factor/confirm", operation=actions.confirm_totp, again=security)
def confirm_second_factor(ctx: CurrentContext, form: Annotated[CodeWrite, Form()]) -> Response:
    ticket = actions.confirm_totp(ctx, form.code)
    response = go("/account/security", said="Your second factor is set up.")
    set_session_cookie(response, ticket.token)
    return response


@pages.post("/account/security/second-factor/remove", operation=actions.remove_totp, again=security)
def remove_second_factor(ctx: CurrentContext, form: Annotated[CodeWrite, Form()]) -> Response:
    actions.remove_totp(ctx, form.code)
    return go("/account/security", said="Your second factor is removed.")
