"""One address for each thing."""

from starlette.types import ASGIApp, Receive, Scope, Send


class WithoutSlash:
    """`/fhir/Patient/` is `/fhir/Patient`: some programs end what they ask for with a slash.

    They are not sent there instead, because many a program then leaves its token behind.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].endswith("/") and scope["path"].startswith("/fhir/"):
            scope = {**scope, "path": scope["path"].rstrip("/"), "raw_path": scope["raw_path"].rstrip(b"/")}
        await self.app(scope, receive, send)
