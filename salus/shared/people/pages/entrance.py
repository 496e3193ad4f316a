"""Signing up, signing in, and getting in again."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Form, Query
from starlette.responses import Response

from salus.shared.people import actions, queries, rules
from salus.shared.people.models import Awaits
from salus.shared.people.pages.doors import pages
from salus.shared.people.pages.qr import qr_of
from salus.shared.people.schemas import (
    BuyerForm,
    CodeForm,
    InvitationAnswer,
    Reset,
    ResetAsked,
    SellerForm,
    SignInForm,
    Verification,
)
from salus.shared.people.sessions import Ticket
from salus.web.doors import CurrentContext, Headers, Page, go
from salus.web.security import clear_session_cookie, set_session_cookie

FEW = "30/minute"
"""Requests of one address; a hash of a password is dear."""

NextPage = Annotated[str, Query(alias="next", max_length=2000)]
Token = Annotated[str, Query(max_length=100)]


@pages.public("/sign-up")
def choose_side(ctx: CurrentContext) -> Page:
    return Page("people/sign_up.html")


@pages.public("/sign-up/seller")
def sign_up_to_sell(ctx: CurrentContext) -> Page:
    return Page("people/sign_up_seller.html")


@pages.post("/sign-up/seller", operation=actions.sign_up, again=sign_up_to_sell, limit=FEW)
def sign_up_seller(ctx: CurrentContext, form: Annotated[SellerForm, Form()]) -> Response:
    actions.sign_up(ctx, name=form.name, email=form.email, password=form.password)
    return go("/sign-up/sent")


@pages.public("/sign-up/buyer")
def sign_up_to_buy(ctx: CurrentContext) -> Page:
    return Page("people/sign_up_buyer.html")


@pages.post("/sign-up/buyer", operation=actions.sign_up, again=sign_up_to_buy, limit=FEW)
def sign_up_buyer(ctx: CurrentContext, form: Annotated[BuyerForm, Form()]) -> Response:
    actions.sign_up(ctx, name=form.name, email=form.email, password=form.password, organisation=form.of_organisation())
    return go("/sign-up/sent")


@pages.public("/sign-up/sent")
def sent(ctx: CurrentContext) -> Page:
    return Page("people/sent.html")


@pages.public("/verify")
def verify(ctx: CurrentContext, token: Token = "") -> Page:
    # A button and not the visit itself proves the address: mail scanners follow links too, and would use it up.
    return Page("people/verify.html", token=token)


@pages.post("/verify", operation=actions.verify_email, again=verify)
def verify_email(ctx: CurrentContext, verification: Annotated[Verification, Form()]) -> Response:
    actions.verify_email(ctx, verification.token)
    return go("/sign-in", said="Your e-mail address is confirmed. You can sign in now.")


@pages.public("/sign-in")
def sign_in_page(ctx: CurrentContext, next_page: NextPage = "/") -> Page:
    return Page("people/sign_in.html", next=next_page, is_half_way=rules.is_half_way_in(ctx.actor))


@pages.post("/sign-in", operation=actions.sign_in, again=sign_in_page, limit=FEW)
def sign_in(ctx: CurrentContext, headers: Headers, form: Annotated[SignInForm, Form()]) -> Response:
    device = rules.device(headers.get("user-agent", ""))
    ticket = actions.sign_in(ctx, email=form.email, password=form.password, device=device)
    return _let_in(ticket, form.next)


@pages.get("/sign-in/code", operation=queries.second_step)
def second_step(ctx: CurrentContext, next_page: NextPage = "/") -> Page:
    awaits, set_up = queries.second_step(ctx), queries.set_up(ctx)
    return Page("people/second_step.html", awaits=awaits, set_up=set_up, qr=qr_of(set_up), next=next_page)


@pages.post("/sign-in/code", operation=actions.confirm_totp, again=second_step, limit=FEW)
def give_code(ctx: CurrentContext, form: Annotated[CodeForm, Form()]) -> Response:
    return _let_in(actions.confirm_totp(ctx, form.code), form.next)


@pages.post("/sign-in/set-up", operation=actions.set_up_totp)
def set_up_totp(ctx: CurrentContext) -> Response:
    actions.set_up_totp(ctx)
    return go("/sign-in/code")


@pages.post("/sign-out", operation=actions.sign_out)
def sign_out(ctx: CurrentContext) -> Response:
    actions.sign_out(ctx)
    response = go("/", said="You are signed out.")
    clear_session_cookie(response)
    return response


@pages.public("/forgot")
def forgot(ctx: CurrentContext) -> Page:
    return Page("people/forgot.html")


@pages.post("/forgot", operation=actions.request_reset, again=forgot, limit=FEW)
def request_reset(ctx: CurrentContext, asked: Annotated[ResetAsked, Form()]) -> Response:
    actions.request_reset(ctx, asked.email)
    return go("/sign-up/sent")


@pages.public("/reset")
def reset(ctx: CurrentContext, token: Token = "") -> Page:
    return Page("people/reset.html", token=token)


@pages.post("/reset", operation=actions.reset_password, again=reset, limit=FEW)
def reset_password(ctx: CurrentContext, chosen: Annotated[Reset, Form()]) -> Response:
    actions.reset_password(ctx, chosen.token, chosen.password)
    return go("/sign-in", said="Your password is changed. Please sign in with the new one.")


@pages.get("/invitation", operation=queries.invitation)
def invitation(ctx: CurrentContext, token: Token = "") -> Page:
    return Page("people/invitation.html", invitation=queries.invitation(ctx, token), token=token)


@pages.post("/invitation", operation=actions.accept_invitation, limit=FEW)
def accept_invitation(ctx: CurrentContext, answer: Annotated[InvitationAnswer, Form()]) -> Response:
    invited = queries.invitation(ctx, answer.token)
    actions.accept_invitation(ctx, invited, name=answer.name, password=answer.password)
    return go("/sign-in", said="Your account is made. You can sign in now.")


def _let_in(ticket: Ticket, next_page: str) -> Response:
    after = rules.page_after(next_page)
    response = go(after if ticket.awaits == Awaits.NOTHING else f"/sign-in/code?next={quote(after)}")
    set_session_cookie(response, ticket.token)
    return response
