"""Insurance at the FHIR door: what is added or asked there is the same action as everywhere else.

A question is answered as soon as its insurer can be asked: the CoverageEligibilityResponse has the id of its request,
and is `queued` until then.
"""

from datetime import date
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from salus.formats.fhir.references import target
from salus.kernel.context import Context
from salus.kernel.errors import Invalid, NotFound
from salus.shared.clinical.rules.owners import written_by
from salus.shared.insurance import actions, queries
from salus.shared.insurance.models import Service
from salus.shared.insurance.schemas import CoverageWrite

Resource = dict[str, Any]


class NoSuchInsurer(Invalid):
    message = "Please name an insurer that this exchange knows by its payer code, as identifier of the payor."
    field = "Coverage.payor"


class NotTheirCoverage(Invalid):
    message = "Please name yourself as the beneficiary, the number on your card as subscriberId, and days as days."
    field = "Coverage"


class NotAQuestion(Invalid):
    message = "Please name one Coverage of your own, a servicedDate, and at most one category of service that we know."
    field = "CoverageEligibilityRequest"


def add(ctx: Context, resource: Resource) -> Resource:
    """The patient says how they are insured."""
    if target(_at(resource, "beneficiary", "reference")) != target(f"Patient/{ctx.actor.id}"):
        raise NotTheirCoverage
    code = _at(resource, "payor", 0, "identifier", "value")
    insurer = next((one for one in queries.insurers_in_use(ctx) if one.payer_code == code), None)
    if insurer is None:
        raise NoSuchInsurer
    try:
        described = CoverageWrite(
            insurer_id=insurer.id,
            member_number=_at(resource, "subscriberId") or "",
            plan=_at(resource, "class", 0, "value") or "",
            valid_from=_at(resource, "period", "start"),
            valid_until=_at(resource, "period", "end"),
        )
    except ValidationError as error:
        raise NotTheirCoverage from error
    return {"resourceType": "Coverage", "id": str(actions.add_coverage(ctx, described).id)}


def ask(ctx: Context, resource: Resource) -> Resource:
    """The patient asks whether a service is covered on a day."""
    named = target(_at(resource, "insurance", 0, "coverage", "reference"))
    if named is None or named.resource_type != "Coverage":
        raise NotAQuestion
    try:
        coverage = queries.coverage(ctx, UUID(named.fhir_id))
        on_day = date.fromisoformat(str(_at(resource, "servicedDate")))
        service = Service(_at(resource, "item", 0, "category", "coding", 0, "code") or Service.PLAN)
    except (ValueError, NotFound) as error:
        raise NotAQuestion from error
    noted = actions.ask(ctx, coverage, service=service, on_day=on_day)
    return {"resourceType": "CoverageEligibilityRequest", "id": str(noted.id)}


def _at(resource: Any, *path: str | int) -> Any:
    """What lies there; None where nothing does, whatever was sent."""
    for step in path:
        try:
            resource = resource[step]
        except (KeyError, IndexError, TypeError):
            return None
    return resource


written_by("Coverage", create=add)
written_by("CoverageEligibilityRequest", create=ask)
written_by("CoverageEligibilityResponse")
