"""The notices of whoever is signed in, and the development mailbox."""

from uuid import UUID

from starlette.responses import Response

from salus.shared.messages import actions, queries
from salus.web.doors import CurrentContext, Page, Pages, go

pages = Pages()


@pages.get("/notices", operation=queries.notices)
def notices(ctx: CurrentContext) -> Page:
    return Page("messages/notices.html", notices=queries.notices(ctx))


@pages.post("/notices/{notice_id}/read", operation=actions.read)
def read(ctx: CurrentContext, notice_id: UUID) -> Response:
    return go(actions.read(ctx, queries.notice(ctx, notice_id)).link)


@pages.post("/notices/read", operation=actions.read_all)
def read_all(ctx: CurrentContext) -> Response:
    actions.read_all(ctx)
    return go("/notices")


@pages.get("/dev/mail", operation=queries.mails)
def mails(ctx: CurrentContext) -> Page:
    return Page("messages/mails.html", mails=queries.mails(ctx))


@pages.get("/dev/mail/{mail_id}", operation=queries.mail)
def mail(ctx: CurrentContext, mail_id: UUID) -> Page:
    return Page("messages/mail.html", mail=queries.mail(ctx, mail_id))
