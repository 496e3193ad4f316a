"""Giving the second factor: after the password, and again before what could do great harm.

Both are one page. Whoever has no factor yet sets one up there, and goes on to where they wanted to.
"""

from typing import Annotated
from urllib.parse import quote

from fastapi import Form
from starlette.responses import JSONResponse, Response

from salus.shared.people import actions, queries, rules
from salus.shared.people.pages.doors import FEW, NextPage, let_in, pages
from salus.shared.people.pages.qr import qr_of
from salus.shared.people.schemas import CodeForm, KeyAnswerForm, NewKeyForm, NextForm, RecoveryCodeForm
from salus.web.doors import CurrentContext, Headers, Page, go


@pages.get("/confirm", operation=queries.second_step)
@pages.get("/sign-in/code", operation=queries.second_step)
def second_step(ctx: CurrentContext, headers: Headers, next_page: NextPage = "/") -> Page:
    set_up, after = queries.set_up(ctx), rules.page_after(next_page)
    step = queries.second_step(ctx, headers.get("host", ""))
    return Page("people/second_step.html", step=step, set_up=set_up, qr=qr_of(set_up), next=after)


@pages.post("/sign-in/code", operation=actions.confirm_totp, again=second_step, limit=FEW)
def give_code(ctx: CurrentContext, headers: Headers, form: Annotated[CodeForm, Form()]) -> Response:
    return let_in(actions.confirm_totp(ctx, form.code), form.next)


@pages.post("/sign-in/key/challenge", operation=actions.ask_for_key, limit=FEW)
def ask_for_key(ctx: CurrentContext, headers: Headers) -> Response:
    return JSONResponse(actions.ask_for_key(ctx, headers.get("host", "")))


@pages.post("/sign-in/key", operation=actions.confirm_key, again=second_step, limit=FEW)
def give_key(ctx: CurrentContext, headers: Headers, form: Annotated[KeyAnswerForm, Form()]) -> Response:
    return let_in(actions.confirm_key(ctx, form.answer, headers.get("host", "")), form.next)


@pages.post("/sign-in/recovery-code", operation=actions.use_recovery_code, again=second_step, limit=FEW)
def give_recovery_code(ctx: CurrentContext, headers: Headers, form: Annotated[RecoveryCodeForm, Form()]) -> Response:
    return let_in(actions.use_recovery_code(ctx, form.recovery_code), form.next)


@pages.post("/sign-in/set-up", operation=actions.set_up_totp)
def set_up_app(ctx: CurrentContext, form: Annotated[NextForm, Form()]) -> Response:
    actions.set_up_totp(ctx)
    return go(f"/sign-in/code?next={quote(rules.page_after(form.next), safe='')}")


@pages.post("/sign-in/new-key/challenge", operation=actions.ask_for_new_key, limit=FEW)
def ask_for_new_key(ctx: CurrentContext, headers: Headers) -> Response:
    return JSONResponse(actions.ask_for_new_key(ctx, headers.get("host", "")))


@pages.post("/sign-in/new-key", operation=actions.add_key, again=second_step, limit=FEW)
def add_key(ctx: CurrentContext, headers: Headers, form: Annotated[NewKeyForm, Form()]) -> Response:
    ticket = actions.add_key(ctx, form.answer, name=form.name, host=headers.get("host", ""))
    return let_in(ticket, form.next)
