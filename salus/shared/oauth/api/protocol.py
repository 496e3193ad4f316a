"""The endpoints of OAuth 2.0 and OpenID Connect."""

from typing import Annotated

from fastapi import Form
from starlette.responses import Response

from salus.shared.oauth import actions, queries
from salus.shared.oauth.api.answers import published, refuse, told
from salus.shared.oauth.schemas.protocol import AboutToken, TokenRequest
from salus.web.doors import Api, CurrentContext, Headers

api = Api("/oauth", root="", refuse=refuse)


@api.post("/token", operation=actions.issue_tokens)
def token(ctx: CurrentContext, headers: Headers, asked: Annotated[TokenRequest, Form()]) -> Response:
    return told(actions.issue_tokens(ctx, asked.credentials(headers.get("authorization")), asked))


@api.post("/revoke", operation=actions.revoke_token)
def revoke(ctx: CurrentContext, headers: Headers, asked: Annotated[AboutToken, Form()]) -> Response:
    actions.revoke_token(ctx, asked.credentials(headers.get("authorization")), asked.token)
    return Response()


@api.post("/introspect", operation=queries.introspect)
def introspect(ctx: CurrentContext, headers: Headers, asked: Annotated[AboutToken, Form()]) -> Response:
    return told(queries.introspect(ctx, asked.credentials(headers.get("authorization")), asked.token))


@api.get("/userinfo", operation=queries.userinfo)
def userinfo(ctx: CurrentContext) -> Response:
    return told(queries.userinfo(ctx))


@api.post("/userinfo", operation=queries.userinfo)
def userinfo_by_post(ctx: CurrentContext) -> Response:
    return told(queries.userinfo(ctx))


@api.get("/jwks", operation=queries.jwks)
def jwks(ctx: CurrentContext) -> Response:
    return published(queries.jwks(ctx))
