"""`@action` and `@query`: the only way to data.

An operation names the roles it serves; there is no default, so nobody can forget to ask. Its own name is derived from
where it stands (`salus/exchanges/health_data/actions/offers.py: publish` is `health_data.publish`) and serves as
permission, record, event, metric and API operation id.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from time import perf_counter
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from salus.formats.fhir.scopes import among, cover
from salus.kernel import metrics, records, telemetry
from salus.kernel.actor import Actor, Role
from salus.kernel.context import Context, Performance
from salus.kernel.db import Table
from salus.kernel.errors import (
    FreshFactorNeeded,
    GuardError,
    NotAllowed,
    Refusal,
    ScopeMissing,
    SignInNeeded,
)

P = ParamSpec("P")
R = TypeVar("R")


class Decorator(Protocol):
    """Keeps the signature of what it decorates."""

    def __call__(self, function: Callable[Concatenate[Context, P], R], /) -> Callable[Concatenate[Context, P], R]: ...


WITHIN: frozenset[Role] = frozenset()
"""For operations that are steps of others: no actor may ask for them directly."""


@dataclass(frozen=True)
class Operation:
    """What can be done or asked, and by whom."""

    name: str
    is_action: bool
    roles: frozenset[Role]
    discloses: bool
    function: Callable[..., Any]
    told: str | None = None
    """How those whose data it is about are told of it, after the name of who did it: `read a file of yours`."""
    step_up: bool = False
    """Whether it could do great harm, so that a person must have given their second factor in the last minutes."""
    scope: str | None = None
    """The one scope that covers it, where that is not the usual."""
    smart: str | None = None
    """For what is asked at the FHIR door: of which type a scope of SMART must be, and what it must allow (one of the
    letters): `Slot.s`. One of `*` serves many types, and insists by itself on a scope for the one it is asked for."""

    @property
    def promise(self) -> str:
        """The first sentence of its docstring."""
        return (self.function.__doc__ or "").strip().split("\n", 1)[0]

    def is_within(self, scopes: frozenset[str]) -> bool:
        """Whether a program with these scopes may ask for it."""
        return not scopes.isdisjoint(self.scopes) or (self.smart is not None and cover(scopes, *self.smart.split(".")))

    @property
    def scopes(self) -> frozenset[str]:
        """The scopes that cover it: its own name, its module's, everything.

        `health_data:read` covers the queries of a module, `health_data:write` its actions. What decides who comes in is
        covered by everything alone: a program could otherwise give itself more than it was given.
        """
        if self.scope is not None:
            return frozenset({self.scope, EVERYTHING})
        module = self.name.split(".", 1)[0]
        kind = f"{module}:write" if self.is_action else f"{module}:read"
        return frozenset({EVERYTHING} if kind in ACCESS_ITSELF else {self.name, kind, EVERYTHING})

    def check(self, actor: Actor, *, within: Performance | None) -> None:
        """Raises SignInNeeded or NotAllowed if this actor may not."""
        if not self.roles:
            if within is None:
                raise GuardError(f"{self.name} is a step of other operations and is never called directly")
            return
        if self.roles & actor.roles or Role.ANYONE in self.roles:
            return
        raise NotAllowed if actor.is_signed_in else SignInNeeded


EVERYTHING = "everything"
"""The scope of a program that may do whatever the person may who let it in."""
ACCESS_ITSELF = frozenset(
    {
        "people:write",
        *("oauth:read", "oauth:write"),
        *("api_keys:read", "api_keys:write"),
        *("federation:read", "federation:write"),
    }
)
"""What there is no scope for, because it decides who people are, who comes in, and what they may do."""

OPERATIONS: dict[str, Operation] = {}


def action(
    *, roles: Iterable[Role], told: str | None = None, step_up: bool = False, smart: str | None = None
) -> Decorator:
    """A verb: changes data, leaves a record in the same transaction, owes the reactions that follow from it.

    One with `step_up` could do great harm: it raises FreshFactorNeeded where the second factor is not fresh.
    """
    return _operation(roles, is_action=True, discloses=False, told=told, step_up=step_up, smart=smart)


def query(
    *,
    roles: Iterable[Role],
    discloses: bool = False,
    told: str | None = None,
    step_up: bool = False,
    scope: str | None = None,
    smart: str | None = None,
) -> Decorator:
    """A question: reads. One that `discloses` health data leaves a record as well; `step_up` as for an action.

    `scope` is the one that lets a program ask it, where that is not the usual.
    """
    return _operation(roles, is_action=False, discloses=discloses, told=told, step_up=step_up, scope=scope, smart=smart)


def insist_on_fresh_factor(ctx: Context) -> None:
    """For an operation that could do great harm only in some cases. Raises FreshFactorNeeded."""
    if not ctx.actor.gave_factor_lately(ctx.now):
        raise FreshFactorNeeded


def admit(ctx: Context, operation: Operation) -> None:
    """Whether the actor may come in by this operation's door, and the program that acts for them, if one does.

    The door's own operation counts and not what is asked on the way, so nobody learns there what is not theirs. Raises
    SignInNeeded, NotAllowed or ScopeMissing; of the last two it leaves a record.
    """
    try:
        if ctx.actor.scopes is not None and not operation.is_within(ctx.actor.scopes):
            raise ScopeMissing
        operation.check(ctx.actor, within=None)
    except NotAllowed:
        records.write_refusal(ctx, operation)
        raise


def reaches(ctx: Context, resource_type: str, verbs: str) -> bool:
    """Whether the program that acts for somebody may do one of `verbs` (SMART's `cruds`) with a type of resource.

    For operations that serve many types, and are reached at the door by a scope of SMART for any of them. A program
    that has no such scope came in by another, which the door has looked at.
    """
    scopes, performing = ctx.actor.scopes, ctx.performing
    if scopes is None or not among(scopes) or cover(scopes, resource_type, verbs):
        return True
    return performing is not None and not scopes.isdisjoint(performing.operation.scopes)


def insist_on_scope(ctx: Context, resource_type: str, verbs: str) -> None:
    """The same, and raises ScopeMissing if not; a record of it is left."""
    if not reaches(ctx, resource_type, verbs):
        if ctx.performing is not None:
            records.write_refusal(ctx, ctx.performing.operation)
        raise ScopeMissing


def operation_of(function: Callable[..., Any]) -> Operation:
    """The operation behind a decorated function."""
    found: Operation = function.__operation__  # type: ignore[attr-defined]
    return found


def _operation(
    roles: Iterable[Role],
    *,
    is_action: bool,
    discloses: bool,
    told: str | None,
    step_up: bool,
    scope: str | None = None,
    smart: str | None = None,
) -> Decorator:
    def decorate(function: Callable[Concatenate[Context, P], R]) -> Callable[Concatenate[Context, P], R]:
        itself = Operation(
            _name(function), is_action, frozenset(roles), discloses, function, told, step_up, scope, smart
        )
        if itself.name in OPERATIONS:
            raise TypeError(f"two operations are called {itself.name}")
        OPERATIONS[itself.name] = itself
        metrics.expect(itself.name)

        @wraps(function)
        def perform(ctx: Context, /, *arguments: P.args, **options: P.kwargs) -> R:
            with _measured(itself, ctx), _performance(ctx, itself) as performance:
                result = function(ctx, *arguments, **options)
                if is_action or discloses:
                    ctx.db.flush()
                    records.write(ctx, performance, subject=_subject(performance, result, arguments))
            return result

        perform.__operation__ = itself  # type: ignore[attr-defined]
        return perform

    return decorate


@contextmanager
def _measured(itself: Operation, ctx: Context) -> Iterator[None]:
    """A span and a line in the statistics, whatever comes of it."""
    began, outcome = perf_counter(), "failed"
    try:
        with telemetry.span(itself.name) as span:
            span.tell(tenant_id=str(ctx.tenant_id))
            yield
        outcome = "done"
    except Refusal:
        outcome = "refused"
        raise
    finally:
        metrics.OPERATIONS.labels(itself.name, outcome).inc()
        metrics.OPERATION_SECONDS.labels(itself.name).observe(perf_counter() - began)


@contextmanager
def _performance(ctx: Context, itself: Operation) -> Iterator[Performance]:
    outer = ctx.performing
    try:
        itself.check(ctx.actor, within=outer)
    except NotAllowed:
        records.write_refusal(ctx, itself)
        raise
    if itself.step_up:
        insist_on_fresh_factor(ctx)
    if itself.is_action and outer is not None and not outer.operation.is_action:
        raise GuardError(f"the query {outer.operation.name} may not perform the action {itself.name}")
    if outer is not None:
        # What the outer operation changed so far is its own, and not of the one that begins here.
        ctx.db.flush()
    performance = Performance(itself)
    ctx.performing = performance
    try:
        yield performance
        ctx.performed.append(itself.name)
    except Refusal as refusal:
        if refusal.keeps and itself.is_action:
            ctx.db.flush()
            records.write(ctx, performance, subject=performance.subject, outcome="refused")
        raise
    finally:
        ctx.performing = outer


def _subject(performance: Performance, result: object, arguments: tuple[Any, ...]) -> Table | None:
    """What the record is about: what was told, else what was made, else what was acted on."""
    if performance.subject is not None:
        return performance.subject
    return next((thing for thing in (result, *arguments) if isinstance(thing, Table)), None)


def _name(function: Callable[..., Any]) -> str:
    module = [part for part in function.__module__.split(".") if part not in {"salus", "exchanges", "shared"}]
    return f"{module[0]}.{function.__name__}"
