"""No route without an operation: checked when the server starts, and again by a test."""

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import Mount, Route

from salus.web.doors import Door

PUBLIC = frozenset(
    {"/healthz", "/readyz", "/docs", "/.well-known/security.txt", "/.well-known/change-password", "/v1/openapi.json"}
)
"""Routes that are no door, because they touch nobody's data."""


def doors(app: FastAPI) -> dict[tuple[str, str], Door]:
    """Every door by (method, path). Raises RuntimeError for a route that is neither a door nor public."""
    found: dict[tuple[str, str], Door] = {}
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        path = str(context.path or getattr(route, "path", ""))
        door = getattr(getattr(route, "endpoint", None), "__door__", None)
        if isinstance(route, APIRoute) and door is not None:
            found |= {(method, path): door for method in route.methods or ()}
        elif isinstance(route, Mount) and path == "/static":
            continue
        elif not (isinstance(route, Route) and path in PUBLIC):
            raise RuntimeError(f"{path or route} is not behind an operation and not on the list of public routes")
    return found


def audit(app: FastAPI) -> int:
    """The number of doors. Raises RuntimeError if the API document knows an address that the walk did not see."""
    seen = doors(app)
    documented = set(app.openapi()["paths"])
    missed = documented - {path for _, path in seen}
    if missed:
        raise RuntimeError(f"documented, but not seen by the walk over the routes: {sorted(missed)}")
    return len(seen)
