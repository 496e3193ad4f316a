"""Signing in to one's own account: the password, second factors, and where one is signed in."""

from typing import Annotated
from uuid import UUID

from fastapi import Form
from starlette.responses import Response

from salus.shared.people import actions, queries, rules
from salus.shared.people.pages.doors import FEW, NextPage, let_in, pages
from salus.shared.people.pages.qr import qr_of
from salus.shared.people.schemas import CodeWrite, KeyName, NewKey, NextForm, PasswordChange
from salus.web.doors import CurrentContext, Headers, Page, go
from salus.web.security import clear_session_cookie, set_session_cookie


@pages.get("/account/security", operation=queries.factors)
def security(ctx: CurrentContext, headers: Headers) -> Page:
    return Page(
        "people/security.html",
        factors=queries.factors(ctx),
        step=queries.second_step(ctx, headers.get("host", "")),
        sessions=queries.sessions(ctx),
    )


@pages.post("/account/security/password", operation=actions.change_password, again=security, limit=FEW)
def change_password(ctx: CurrentContext, headers: Headers, form: Annotated[PasswordChange, Form()]) -> Response:
    ticket = actions.change_password(ctx, current_password=form.current_password, password=form.password)
    response = go("/account/security", said="Your password is changed. You were signed out everywhere else.")
    set_session_cookie(response, ticket.token)
    return response


@pages.post("/account/security/sessions/{session_id}/end", operation=actions.end_session)
def end_session(ctx: CurrentContext, session_id: UUID) -> Response:
    actions.end_session(ctx, queries.session(ctx, session_id))
    return go("/account/security", said="That device is signed out.")


@pages.post("/account/security/sessions/end-others", operation=actions.sign_out_elsewhere)
def sign_out_elsewhere(ctx: CurrentContext) -> Response:
    actions.sign_out_elsewhere(ctx)
    return go("/account/security", said="You are signed out everywhere else.")


@pages.post("/account/security/sessions/end", operation=actions.sign_out_everywhere)
def sign_out_everywhere(ctx: CurrentContext) -> Response:
    actions.sign_out_everywhere(ctx)
    response = go("/sign-in", said="You are signed out everywhere.")
    clear_session_cookie(response)
    return response


@pages.get("/account/security/app", operation=queries.set_up)
def app(ctx: CurrentContext) -> Page:
    set_up = queries.set_up(ctx)
    return Page("people/app.html", set_up=set_up, qr=qr_of(set_up))


@pages.post("/account/security/app", operation=actions.set_up_totp)
def set_up_app(ctx: CurrentContext) -> Response:
    actions.set_up_totp(ctx)
    return go("/account/security/app")


@pages.post("/account/security/app/confirm", operation=actions.confirm_totp, again=app, limit=FEW)
def confirm_app(ctx: CurrentContext, form: Annotated[CodeWrite, Form()]) -> Response:
    return let_in(actions.confirm_totp(ctx, form.code), "/account/security")


@pages.post("/account/security/app/remove", operation=actions.remove_totp, again=security)
def remove_app(ctx: CurrentContext, headers: Headers) -> Response:
    actions.remove_totp(ctx)
    return go("/account/security", said="Your authenticator app is removed.")


@pages.post("/account/security/keys", operation=actions.add_key, again=security, limit=FEW)
def add_key(ctx: CurrentContext, headers: Headers, form: Annotated[NewKey, Form()]) -> Response:
    ticket = actions.add_key(ctx, form.answer, name=form.name, host=headers.get("host", ""))
    return let_in(ticket, "/account/security")


@pages.post("/account/security/keys/{security_key_id}/name", operation=actions.rename_key, again=security)
def rename_key(
    ctx: CurrentContext, headers: Headers, security_key_id: UUID, form: Annotated[KeyName, Form()]
) -> Response:
    actions.rename_key(ctx, queries.security_key(ctx, security_key_id), form.name)
    return go("/account/security", said="The key has a new name.")


@pages.post("/account/security/keys/{security_key_id}/remove", operation=actions.remove_key, again=security)
def remove_key(ctx: CurrentContext, headers: Headers, security_key_id: UUID) -> Response:
    actions.remove_key(ctx, queries.security_key(ctx, security_key_id))
    return go("/account/security", said="The key is removed.")


@pages.get("/account/security/recovery-codes", operation=queries.factors)
def recovery_codes(ctx: CurrentContext, next_page: NextPage = "/account/security") -> Page:
    after = rules.page_after(next_page)
    return Page("people/recovery_codes.html", factors=queries.factors(ctx), codes=[], next=after)


@pages.post("/account/security/recovery-codes", operation=actions.make_recovery_codes, limit=FEW)
def make_recovery_codes(ctx: CurrentContext, form: Annotated[NextForm, Form()]) -> Page:
    # Shown in this answer and never again, so it is no redirect: the page behind one could not know them.
    codes = actions.make_recovery_codes(ctx)
    return Page(
        "people/recovery_codes.html", factors=queries.factors(ctx), codes=codes, next=rules.page_after(form.next)
    )
