"""Doors that speak FHIR. Like those of the API, but every refusal is an OperationOutcome."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response

from salus.kernel.errors import Refusal
from salus.web.context import api_visit
from salus.web.doors import Api, Door, Endpoint
from salus.web.fhir.asking import asked_of
from salus.web.fhir.refusals import refuse, understood
from salus.web.security import refuse_crowd

LARGEST = 32 << 20
"""Bytes of the largest bundle. The history of one person, as exports hold it, has some two million."""


class FhirRoute(APIRoute):
    """A route whose door reads the request by itself.

    FastAPI's own reading of parameters, which FHIR does not declare, took a third of a read's CPU time (measured).
    """

    def get_route_handler(self) -> Callable[[Request], Any]:
        door: Door = getattr(self.endpoint, "__door__")  # noqa: B009
        endpoint = getattr(self.endpoint, "__wrapped__")  # noqa: B009

        async def handler(request: Request) -> Response:
            came = await api_visit(request)
            try:
                refuse_crowd()
                asked = await asked_of(request)
            except Refusal as refusal:
                return door.refuse(came, refusal, {}, {})
            return await run_in_threadpool(door.enter, came, endpoint, {"asked": asked})

        return handler


class Fhir(Api):
    """The FHIR doors of one module, under `/fhir`. An endpoint takes its context and what was `Asked`."""

    def __init__(self) -> None:
        super().__init__("", tag="fhir", root="/fhir", refuse=refuse, route_class=FhirRoute)

    def patch(self, path: str, **door: Any) -> Callable[[Endpoint], Endpoint]:
        return self._route("PATCH", path, **door)

    def _route(self, method: str, path: str, **door: Any) -> Callable[[Endpoint], Endpoint]:
        register = super()._route(method, path, produces="application/fhir+json", **door)

        def register_understanding(endpoint: Endpoint) -> Endpoint:
            @wraps(endpoint)
            def understanding(*arguments: Any, **options: Any) -> Any:
                with understood():
                    return endpoint(*arguments, **options)

            register(understanding)
            return endpoint

        return register_understanding


def types(name: str, resource_types: frozenset[str]) -> None:
    """Let `{kind:name}` in the path of a door stand for one of these types, and for nothing else."""
    convertor = type(f"{name.title()}Convertor", (StringConvertor,), {"regex": "|".join(sorted(resource_types))})
    register_url_convertor(name, convertor())
