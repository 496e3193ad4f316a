"""Doors that speak FHIR. Like those of the API, but every refusal is an OperationOutcome."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response

from salus.formats.fhir.search import Question
from salus.kernel.context import Context
from salus.kernel.errors import Refusal
from salus.kernel.operations import operation_of
from salus.web.context import api_visit
from salus.web.doors import Api, Door, Endpoint
from salus.web.fhir import answering
from salus.web.fhir.asking import Asked, asked_of
from salus.web.fhir.made import MADE, Made, MadeType
from salus.web.fhir.refusals import BadRequest, refuse, understood
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
        its = operation_of(door["operation"])

        def register_understanding(endpoint: Endpoint) -> Endpoint:
            @wraps(endpoint)
            def understanding(ctx: Context, **options: Any) -> Any:
                try:
                    with understood():
                        return endpoint(ctx, **options)
                except BadRequest:
                    # Only somebody who may ask learns what is wrong with the question.
                    its.check(ctx.actor, within=None)
                    raise

            register(understanding)
            return endpoint

        return register_understanding

    def made(
        self,
        resource_type: str,
        *,
        read: Callable[[Context, str], Made],
        search: Callable[[Context, Question], Iterable[Made]],
        operations: tuple[Callable[..., Any], Callable[..., Any]],
    ) -> None:
        """Serve a type of which resources are made of a module's own rows whenever they are asked for.

        `search` gives what the actor may see and could answer the question, in its usual order; what was asked is
        looked for among that. `operations` are those that `read` and `search` perform.
        """
        name = resource_type.lower()
        types(name, frozenset({resource_type}))
        its = MADE[resource_type] = MadeType(read, search, operations)

        def read_one(ctx: Context, asked: Asked) -> Response:
            return answering.resource(asked, its.read(ctx, asked.resource_id))

        def search_them(ctx: Context, asked: Asked) -> Response:
            found = answering.searchset(asked, its.search(ctx, asked.question))
            return Response(found, media_type=asked.media_type())

        self.get(f"/{{kind:{name}}}", operation=operations[1])(search_them)
        self.post(f"/{{kind:{name}}}/_search", operation=operations[1])(search_them)
        self.get(f"/{{kind:{name}}}/{{resource_id:fhir_id}}", operation=operations[0])(read_one)


class IdConvertor(StringConvertor):
    """`{resource_id:fhir_id}`: what an id of FHIR is made of, so that `_history` and `$validate` are none."""

    regex = r"[A-Za-z0-9\-.]{1,64}"


register_url_convertor("fhir_id", IdConvertor())


def types(name: str, resource_types: frozenset[str]) -> None:
    """Let `{kind:name}` in the path of a door stand for one of these types, and for nothing else."""
    convertor = type(f"{name.title()}Convertor", (StringConvertor,), {"regex": "|".join(sorted(resource_types))})
    register_url_convertor(name, convertor())
