"""Signing up, signing in, and getting in again."""

from collections.abc import Callable, Iterable
from typing import Annotated, NamedTuple

from fastapi import Form, Query
from starlette.responses import JSONResponse, Response

from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.shared.people import actions, queries, rules
from salus.shared.people.pages.doors import FEW, NextPage, let_in, pages
from salus.shared.people.schemas import (
    InvitationAnswer,
    KeyAnswerForm,
    OrganisationForm,
    PersonForm,
    Reset,
    ResetAsked,
    SignInForm,
    Verification,
)
from salus.web.doors import CurrentContext, Headers, Page, Visitor, go
from salus.web.security import clear_session_cookie

Token = Annotated[str, Query(max_length=100)]


@pages.public("/sign-up")
def choose_side(ctx: CurrentContext) -> Page:
    return Page("people/sign_up.html")


@pages.public("/sign-up/seller")
def sign_up_to_sell(ctx: CurrentContext) -> Page:
    return Page("people/sign_up_seller.html")


@pages.post("/sign-up/seller", operation=actions.sign_up, again=sign_up_to_sell, limit=FEW)
def sign_up_seller(ctx: CurrentContext, form: Annotated[PersonForm, Form()]) -> Response:
    return _sign_up(ctx, form, Role.SELLER)


@pages.public("/sign-up/buyer")
def sign_up_to_buy(ctx: CurrentContext) -> Page:
    return Page("people/sign_up_buyer.html")


@pages.post("/sign-up/buyer", operation=actions.sign_up, again=sign_up_to_buy, limit=FEW)
def sign_up_buyer(ctx: CurrentContext, form: Annotated[OrganisationForm, Form()]) -> Response:
    return _sign_up(ctx, form, Role.BUYER)


@pages.public("/sign-up/patient")
def sign_up_to_see_a_doctor(ctx: CurrentContext) -> Page:
    return Page("people/sign_up_patient.html")


@pages.post("/sign-up/patient", operation=actions.sign_up, again=sign_up_to_see_a_doctor, limit=FEW)
def sign_up_patient(ctx: CurrentContext, form: Annotated[PersonForm, Form()]) -> Response:
    return _sign_up(ctx, form, Role.PATIENT)


@pages.public("/sign-up/doctor")
def sign_up_to_practise(ctx: CurrentContext) -> Page:
    return Page("people/sign_up_doctor.html")


@pages.post("/sign-up/doctor", operation=actions.sign_up, again=sign_up_to_practise, limit=FEW)
def sign_up_doctor(ctx: CurrentContext, form: Annotated[OrganisationForm, Form()]) -> Response:
    return _sign_up(ctx, form, Role.DOCTOR)


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


class WayIn(NamedTuple):
    """Another way to sign in, that a module after this one offers: a button under the form."""

    label: str
    action: str


_also_offered: list[Callable[[Context], Iterable[WayIn]]] = []


def also_offer(ways_in: Callable[[Context], Iterable[WayIn]]) -> None:
    """Show these ways on the sign-in page as well."""
    _also_offered.append(ways_in)


@pages.public("/sign-in")
def sign_in_page(ctx: CurrentContext, next_page: NextPage = "/") -> Page:
    return Page(
        "people/sign_in.html",
        next=next_page,
        is_half_way=rules.is_half_way_in(ctx.actor),
        ways_in=[way for offered in _also_offered for way in offered(ctx)],
    )


@pages.post("/sign-in", operation=actions.sign_in, again=sign_in_page, limit=FEW)
def sign_in(ctx: CurrentContext, headers: Headers, form: Annotated[SignInForm, Form()]) -> Response:
    device = rules.device(headers.get("user-agent", ""))
    ticket = actions.sign_in(ctx, email=form.email, password=form.password, device=device)
    return let_in(ticket, form.next)


@pages.post("/sign-in/passkey/challenge", operation=actions.ask_for_passkey, limit=FEW)
def ask_for_passkey(ctx: CurrentContext, headers: Headers, visitor: Visitor) -> Response:
    return JSONResponse(actions.ask_for_passkey(ctx, host=headers.get("host", ""), visitor=visitor))


@pages.post("/sign-in/passkey", operation=actions.sign_in_with_passkey, again=sign_in_page, limit=FEW)
def sign_in_with_passkey(
    ctx: CurrentContext, headers: Headers, visitor: Visitor, form: Annotated[KeyAnswerForm, Form()]
) -> Response:
    host, device = headers.get("host", ""), rules.device(headers.get("user-agent", ""))
    ticket = actions.sign_in_with_passkey(ctx, form.answer, host=host, visitor=visitor, device=device)
    return let_in(ticket, form.next)


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


def _sign_up(ctx: Context, form: PersonForm, role: Role) -> Response:
    organisation = form.of_organisation() if isinstance(form, OrganisationForm) else None
    actions.sign_up(ctx, name=form.name, email=form.email, password=form.password, role=role, organisation=organisation)
    return go("/sign-up/sent")
