"""Doors: where a request meets an operation. Find, act, answer.

Every route names the one operation it is for, which is its permission and its API operation id. The router opens the
Context in the request's own thread, lets the door act, makes the answer and commits, all before a byte is sent: an
answer can never be given for something that was then not committed.
"""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from psycopg import DataError as PlainDataError
from psycopg import OperationalError as PlainOperationalError
from pydantic import TypeAdapter
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from salus.kernel import log
from salus.kernel.actor import Role
from salus.kernel.context import Context
from salus.kernel.errors import Conflict, GuardError, Invalid, Refusal, Unavailable
from salus.kernel.operations import Operation, admit, operation_of
from salus.web import render
from salus.web.answers import answer_page, download, go, refuse_page, refuse_stranger, stream
from salus.web.bodies import LARGER_BODIES, Larger
from salus.web.context import CurrentContext, Headers, RawBody, Visit, Visitor, api_visit, take_form, visit
from salus.web.refusals import InternalError, Problem, field_errors, problem
from salus.web.render import MenuItem, Page
from salus.web.routing import Doors
from salus.web.security import DEFAULT_LIMIT, Crowded, refuse_crowd

__all__ = [
    "Api",
    "CurrentContext",
    "Headers",
    "Page",
    "Pages",
    "RawBody",
    "Visitor",
    "download",
    "go",
    "stream",
]

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True)
class Door:
    """What a route promises: its operation (None: it touches no data), its limit, and how it answers."""

    operation: Operation | None
    limit: str
    answer: Callable[[Context, Visit, Any], Response]
    refuse: Callable[[Visit, Refusal, Mapping[str, Any], Mapping[str, str]], Response]
    is_long: bool = False
    """Whether the endpoint waits for somebody outside, and so gets an unopened context (as a long reaction does)."""

    def enter(self, visit: Visit, endpoint: Callable[..., Any], arguments: dict[str, Any]) -> Response:
        """Open, act, answer, commit; or refuse. Runs in the request's one worker thread."""
        try:
            pass_through = self._pass_unopened if self.is_long else self._pass
            return pass_through(visit, endpoint, arguments)
        except Refusal as refusal:
            return self.refuse(visit, refusal, arguments, {})
        except IntegrityError as error:
            log.report("request failed", error)
            return self.refuse(visit, Conflict(), arguments, {})
        except (DataError, PlainDataError) as error:
            # A character or number that the schema lets through and PostgreSQL cannot keep; of plain SQL, the driver's.
            log.report("request failed", error)
            return self.refuse(visit, Invalid(), arguments, {})
        except (OperationalError, PlainOperationalError) as error:  # of plain SQL, the driver's
            log.report("request failed", error)
            return self.refuse(visit, Unavailable(), arguments, {})
        except Exception as error:
            log.report("request failed", error)
            return self.refuse(visit, InternalError(), {}, {})

    def refuse_invalid(self, visit: Visit, errors: Mapping[str, str]) -> Response:
        """Only somebody who may ask learns what is wrong with the question."""
        try:
            with self._admitting(visit):
                pass
        except Refusal as refusal:
            return self.refuse(visit, refusal, {}, {})
        return self.refuse(visit, Invalid(), {}, errors)

    def _pass(self, visit: Visit, endpoint: Callable[..., Any], arguments: dict[str, Any]) -> Response:
        with self._admitting(visit) as ctx:
            response = self.answer(ctx, visit, endpoint(ctx, **arguments))
            self._insist(ctx)
        return response

    def _pass_unopened(self, visit: Visit, endpoint: Callable[..., Any], arguments: dict[str, Any]) -> Response:
        """No transaction is open while the endpoint waits: it opens as many as it needs (`ctx.again()`).

        Otherwise a slow server of somebody else would hold the few connections that everybody shares.
        """
        with self._admitting(visit) as ctx:
            pass
        result = endpoint(ctx, **arguments)
        with ctx.again() as framing:
            response = self.answer(framing, visit, result)
        self._insist(ctx)
        return response

    @contextmanager
    def _admitting(self, visit: Visit) -> Iterator[Context]:
        with visit.open(limit=self.limit) as ctx:
            if self.operation is not None:
                admit(ctx, self.operation)
            yield ctx

    def _insist(self, ctx: Context) -> None:
        if self.operation is not None and self.operation.name not in ctx.performed:
            raise GuardError(f"this door is for {self.operation.name} and did not perform it")


async def no_crowd() -> None:
    """Before a request takes a thread. `async`, because otherwise the question itself would wait for one."""
    refuse_crowd()


class PageRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()
        door: Door = getattr(self.endpoint, "__door__")  # noqa: B009

        async def handler(request: Request) -> Response:
            try:
                await take_form(request)
                return await handle(request)
            except RequestValidationError as error:
                came = await visit(request)
                return await run_in_threadpool(door.refuse_invalid, came, field_errors(error.errors()))
            except Crowded as refusal:  # threads are what is missing, so the answer is made without one
                return refuse_stranger(await visit(request), refusal)
            except Refusal as refusal:
                return await run_in_threadpool(door.refuse, await visit(request), refusal, {}, {})

        return handler


class ApiRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()
        door: Door = getattr(self.endpoint, "__door__")  # noqa: B009

        async def handler(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                came = await api_visit(request)
                return await run_in_threadpool(door.refuse_invalid, came, field_errors(error.errors()))
            except Refusal as refusal:
                return door.refuse(await api_visit(request), refusal, {}, {})

        return handler


class Pages:
    """The HTML doors of one module."""

    def __init__(self) -> None:
        self.router = Doors(route_class=PageRoute, include_in_schema=False, dependencies=[Depends(no_crowd)])

    def menu(self, label: str, href: str, *, roles: Iterable[Role], place: int, also: tuple[str, ...] = ()) -> None:
        """Put a page into the main navigation; `also` are addresses of pages that belong under it."""
        render.MENU.append(MenuItem(label, href, frozenset(roles), place, also))

    def account(self, label: str, href: str, *, place: int, roles: Iterable[Role] = (Role.PERSON,)) -> None:
        """Put a page into the tabs over the pages of one's own account."""
        render.ACCOUNT.append(MenuItem(label, href, frozenset(roles), place))

    def get(
        self,
        path: str,
        *,
        operation: Callable[..., Any],
        again: Callable[..., Page] | None = None,
        limit: str = DEFAULT_LIMIT,
        long: bool = False,
    ) -> Callable[[Endpoint], Endpoint]:
        """A page's door. `again` is the page to go on from, with what is wrong, if it is refused; `long` as below."""
        return self._route("GET", path, operation, again, limit, long)

    def post(
        self,
        path: str,
        *,
        operation: Callable[..., Any],
        again: Callable[..., Page] | None = None,
        limit: str = DEFAULT_LIMIT,
        max_body: int | None = None,
        long: bool = False,
    ) -> Callable[[Endpoint], Endpoint]:
        """A form's door. `again` is the page with the form: shown once more, with errors, if it is refused.

        `max_body` in bytes raises the limit for uploads; the address must then be without parameters. One that is
        `long` waits for somebody outside: its endpoint gets an unopened context.
        """
        if max_body is not None:
            LARGER_BODIES[path] = Larger(max_body, known_by=visit)
        return self._route("POST", path, operation, again, limit, long)

    def public(self, path: str, *, limit: str = DEFAULT_LIMIT) -> Callable[[Endpoint], Endpoint]:
        """A page that touches no data and is open to everybody."""
        return self._route("GET", path, None, None, limit)

    def _route(
        self,
        method: str,
        path: str,
        function: Callable[..., Any] | None,
        again: Callable[..., Page] | None,
        limit: str,
        is_long: bool = False,
    ) -> Callable[[Endpoint], Endpoint]:
        def register(endpoint: Endpoint) -> Endpoint:
            def refuse(
                came: Visit, refusal: Refusal, arguments: Mapping[str, Any], errors: Mapping[str, str]
            ) -> Response:
                try:
                    return refuse_page(came, refusal, again, arguments, errors)
                except Exception as error:  # left to the server, it would write what was sent into its log
                    log.report("request failed", error)
                    return refuse_stranger(came, InternalError())

            door = Door(operation_of(function) if function else None, limit, answer_page, refuse, is_long)
            self.router.add_api_route(path, _through(door, endpoint), methods=[method], response_model=None)
            return endpoint

        return register


RefuseProgram = Callable[[Refusal, str, Mapping[str, str]], Response]
"""(refusal, correlation id, errors by field) -> the answer to a program."""


class Api:
    """The JSON doors of one module, under `/v1`.

    Doors of a protocol that prescribes its addresses and its errors have another `root` and another way to `refuse`.
    They are not in the API's document, because the protocol is theirs. Cookies count at none of them.
    """

    def __init__(
        self,
        prefix: str,
        *,
        tag: str | None = None,
        root: str = "/v1",
        refuse: RefuseProgram = problem,
        route_class: type[APIRoute] = ApiRoute,
    ) -> None:
        self._refuse = refuse
        self.router = Doors(
            prefix=f"{root}{prefix}",
            include_in_schema=root == "/v1",
            route_class=route_class,
            dependencies=[Depends(no_crowd)],
            tags=[tag or prefix.strip("/").split("/")[0]],
            responses={
                status: {"model": Problem, "content": {"application/problem+json": {}}}
                for status in (401, 403, 404, 409, 410, 422, 429, 503)
            },
        )

    def get(self, path: str, **door: Any) -> Callable[[Endpoint], Endpoint]:
        return self._route("GET", path, **door)

    def post(self, path: str, **door: Any) -> Callable[[Endpoint], Endpoint]:
        return self._route("POST", path, **door)

    def put(self, path: str, **door: Any) -> Callable[[Endpoint], Endpoint]:
        return self._route("PUT", path, **door)

    def delete(self, path: str, **door: Any) -> Callable[[Endpoint], Endpoint]:
        return self._route("DELETE", path, **door)

    def _route(
        self,
        method: str,
        path: str,
        *,
        operation: Callable[..., Any],
        answer: Any = None,
        produces: str | None = None,
        status: int = 200,
        limit: str = DEFAULT_LIMIT,
        max_body: int | None = None,
        long: bool = False,
    ) -> Callable[[Endpoint], Endpoint]:
        """`answer` is the schema of what is sent back; None when the door sends nothing, or a file.

        A door that sends a file makes its own response, and says in `produces` of which media type. One that is `long`
        waits for somebody outside: its endpoint gets an unopened context.
        """
        if max_body is not None:
            LARGER_BODIES[self.router.prefix + path] = Larger(max_body, known_by=api_visit)
        found = operation_of(operation)
        adapter = TypeAdapter(answer) if answer is not None else None

        def respond(_ctx: Context, _came: Visit, result: Any) -> Response:
            if isinstance(result, Response):
                return result
            if adapter is None:
                return Response(status_code=204 if result is None else status)
            shaped = adapter.validate_python(result, from_attributes=True)
            return Response(adapter.dump_json(shaped), status, media_type="application/json")

        def refuse(came: Visit, refusal: Refusal, _: Mapping[str, Any], errors: Mapping[str, str]) -> Response:
            return self._refuse(refusal, came.correlation_id, errors)

        def register(endpoint: Endpoint) -> Endpoint:
            self.router.add_api_route(
                path,
                _through(Door(found, limit, respond, refuse, long), endpoint),
                methods=[method],
                status_code=204 if adapter is None and produces is None and status == 200 else status,
                response_model=answer,
                response_class=Response if produces else JSONResponse,
                responses={status: {"content": {produces: {}}}} if produces else None,
                operation_id=found.name,
                summary=found.promise,
                dependencies=[] if Role.ANYONE in found.roles else [Depends(HTTPBearer(auto_error=False))],
            )
            return endpoint

        return register


def _through(door: Door, endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """The endpoint as FastAPI sees it: same signature, but its context is opened around it."""
    context = next(iter(inspect.signature(endpoint).parameters))
    is_page = door.answer is answer_page

    @wraps(endpoint)
    def entered(**arguments: Any) -> Response:
        return door.enter(arguments.pop(context), endpoint, arguments)

    signature = inspect.signature(endpoint)
    came = signature.parameters[context].replace(annotation=Any, default=Depends(visit if is_page else api_visit))
    others = [parameter for name, parameter in signature.parameters.items() if name != context]
    keyword = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in (came, *others)]
    entered.__signature__ = signature.replace(parameters=keyword, return_annotation=Response)  # type: ignore[attr-defined]
    entered.__door__ = door  # type: ignore[attr-defined]
    return entered
