"""Notices as an API."""

from collections.abc import Sequence
from uuid import UUID

from salus.shared.messages import actions, queries
from salus.shared.messages.models import Notice
from salus.shared.messages.schemas import NoticeRead
from salus.web.doors import Api, CurrentContext

api = Api("/notices")


@api.get("", operation=queries.notices, answer=list[NoticeRead])
def notices(ctx: CurrentContext) -> Sequence[Notice]:
    return queries.notices(ctx)


@api.post("/{notice_id}/reading", operation=actions.read, answer=NoticeRead)
def read(ctx: CurrentContext, notice_id: UUID) -> Notice:
    return actions.read(ctx, queries.notice(ctx, notice_id))


@api.post("/reading", operation=actions.read_all)
def read_all(ctx: CurrentContext) -> None:
    actions.read_all(ctx)
