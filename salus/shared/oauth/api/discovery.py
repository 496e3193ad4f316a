"""Where programs begin to read. Two addresses, because OpenID Connect and OAuth each have their own."""

from starlette.responses import Response

from salus.shared.oauth import queries
from salus.shared.oauth.api.answers import published, refuse
from salus.web.doors import Api, CurrentContext

api = Api("/.well-known", root="", refuse=refuse)


@api.get("/openid-configuration", operation=queries.discovery)
def openid_configuration(ctx: CurrentContext) -> Response:
    return published(queries.discovery(ctx))


@api.get("/oauth-authorization-server", operation=queries.discovery)
def oauth_authorization_server(ctx: CurrentContext) -> Response:
    return published(queries.discovery(ctx))
