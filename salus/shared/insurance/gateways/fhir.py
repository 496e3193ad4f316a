"""The adapter for insurers that speak FHIR R4: CoverageEligibilityRequest/$submit over HTTPS."""

import json
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from salus.kernel import outbound
from salus.kernel.addresses import AddressRefused
from salus.kernel.outbound import Answer, Unreachable
from salus.shared.insurance.gateways.contract import Eligibility, InsurerRefused, InsurerUnavailable, Question
from salus.shared.insurance.models import Because, CheckState, Service
from salus.shared.insurance.rules.fhir import question_resource

CALL_S = 2.0
FHIR_JSON = "application/fhir+json"


class FhirInsurer:
    """An insurer by the base address of its FHIR server. `is_ours` says that the operator runs it inside (the sim)."""

    def __init__(self, endpoint: str, payer_code: str, key: str | None, *, is_ours: bool = False) -> None:
        self._url = f"{endpoint.rstrip('/')}/CoverageEligibilityRequest/$submit"
        self._payer_code = payer_code
        self._headers = {"content-type": FHIR_JSON, "accept": FHIR_JSON}
        if key:
            self._headers["authorization"] = f"Bearer {key}"
        self._is_ours = is_ours

    def check(self, question: Question) -> Eligibility:
        asked = question_resource(
            question_id=question.id,
            member_number=question.member_number,
            payer_code=self._payer_code,
            service=question.service,
            on_day=question.on_day,
            asked_at=question.asked_at,
        )
        answer = self._ask(json.dumps(asked).encode())
        if answer.status == 429 or answer.status >= 500:
            raise InsurerUnavailable(Because.FAILING)
        if not answer.is_success:
            raise InsurerRefused
        try:
            said = _Response.model_validate_json(answer.body)
        except ValidationError as error:
            # The error's text holds what was answered.
            raise InsurerUnavailable(Because.NOT_BELIEVED) from error
        if not said.answers(question, self._payer_code):
            raise InsurerUnavailable(Because.NOT_BELIEVED)
        return said.eligibility(question)

    def _ask(self, content: bytes) -> Answer:
        try:
            return outbound.request(
                "POST", self._url, headers=self._headers, content=content, total_s=CALL_S, is_ours=self._is_ours
            )
        except AddressRefused as error:
            raise InsurerUnavailable(Because.UNREACHABLE) from error
        except Unreachable as error:
            known = {"timeout": Because.TIMEOUT, "dns": Because.UNREACHABLE, "length": Because.NOT_BELIEVED}
            raise InsurerUnavailable(known.get(error.reason, Because.UNREACHABLE)) from error


class _Part(BaseModel):
    """A part of a FHIR answer. What we do not read may be there; what we read must be of its type, without guessing."""

    model_config = ConfigDict(strict=True, frozen=True, hide_input_in_errors=True)


class _Identifier(_Part):
    value: str = ""


class _Reference(_Part):
    reference: str = ""
    identifier: _Identifier = _Identifier()

    def is_to(self, value: str, kind: str) -> bool:
        return value == self.identifier.value or self.reference.rsplit("/", 2)[-2:] == [kind, value]


class _Coding(_Part):
    code: str = ""


class _Category(_Part):
    coding: list[_Coding] = []


class _Period(_Part):
    """Days or moments, or as little of them as a year, as FHIR's dateTime may be."""

    start: str = ""
    end: str = ""

    def holds(self, day: date) -> bool:
        start, end, its = self.start[:10], self.end[:10], day.isoformat()
        return start <= its[: len(start)] and its[: len(end)] <= end


class _Item(_Part):
    category: _Category = _Category()
    excluded: bool = False
    authorizationRequired: bool = False  # noqa: N815  (FHIR's name)


class _Insurance(_Part):
    inforce: bool | None = None
    benefitPeriod: _Period = _Period()  # noqa: N815
    item: list[_Item] = []


class _Response(_Part):
    """A CoverageEligibilityResponse (FHIR R4), as much of it as is asked for."""

    resourceType: Literal["CoverageEligibilityResponse"]  # noqa: N815
    status: Literal["active"]
    outcome: Literal["queued", "complete", "error", "partial"]
    request: _Reference
    patient: _Reference
    insurer: _Reference
    disposition: Annotated[str | None, Field(max_length=2_000)] = None
    insurance: list[_Insurance] = []

    def answers(self, question: Question, payer_code: str) -> bool:
        """Whether it says itself that it is this insurer's answer to this question about this member."""
        return (
            self.request.is_to(str(question.id), "CoverageEligibilityRequest")
            and self.patient.is_to(question.member_number, "Patient")
            and self.insurer.is_to(payer_code, "Organization")
        )

    def eligibility(self, question: Question) -> Eligibility:
        if self.outcome == "queued":
            return Eligibility(CheckState.PENDING, Because.QUEUED)
        state, because = self._verdict(question)
        items = [item for one in self.insurance for item in _about(question.service, one)]
        needs_authorization = state is CheckState.ELIGIBLE and any(item.authorizationRequired for item in items)
        return Eligibility(state, because, needs_authorization, self.disposition)

    def _verdict(self, question: Question) -> tuple[CheckState, Because]:
        said = [one for one in self.insurance if one.inforce is not None]
        if self.outcome == "error" or not said:
            return CheckState.UNKNOWN, Because.NOT_KNOWN
        in_force = [one for one in said if one.inforce and one.benefitPeriod.holds(question.on_day)]
        if not in_force:
            return CheckState.NOT_ELIGIBLE, Because.NOT_IN_FORCE
        items = [item for one in in_force for item in _about(question.service, one)]
        if not items and question.service is not Service.PLAN:
            return CheckState.UNKNOWN, Because.NOT_SAID
        if items and all(item.excluded for item in items):
            return CheckState.NOT_ELIGIBLE, Because.NOT_COVERED
        return CheckState.ELIGIBLE, Because.IN_FORCE


def _about(service: Service, insurance: _Insurance) -> list[_Item]:
    return [item for item in insurance.item if service in {coding.code for coding in item.category.coding}]
