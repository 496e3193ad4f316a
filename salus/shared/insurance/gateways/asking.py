"""Asking one insurer, with a breaker before it. What cannot be answered now is pending, and says until when."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit
from uuid import UUID

from salus.kernel import outbound
from salus.kernel.breaker import Breaker, Busy, CircuitOpen, breaker
from salus.kernel.settings import settings
from salus.shared.insurance.gateways.contract import (
    Eligibility,
    InsurerGateway,
    InsurerRefused,
    InsurerUnavailable,
    Question,
)
from salus.shared.insurance.gateways.fhir import FhirInsurer
from salus.shared.insurance.models import Because, CheckState


@dataclass(frozen=True)
class Line:
    """All that is needed to ask one insurer."""

    insurer_id: UUID
    name: str
    endpoint: str
    payer_code: str
    key: str | None = field(repr=False)

    @property
    def breaker(self) -> Breaker:
        return breaker(f"insurer:{self.insurer_id}")

    @property
    def gateway(self) -> InsurerGateway:
        return FhirInsurer(self.endpoint, self.payer_code, self.key, is_ours=is_ours(self.endpoint))


def is_ours(endpoint: str) -> bool:
    """Whether it is the sim insurer, which runs inside and answers over plain HTTP. In production nobody is."""
    here = settings()
    try:
        return here.is_development and urlsplit(endpoint)[:2] == urlsplit(here.insurer_url)[:2]
    except ValueError:  # no address at all, as `http://[`
        return False


def insist_on_reachable(endpoint: str) -> None:
    """Raises AddressRefused unless an insurer may stand at this address."""
    if not is_ours(endpoint):
        outbound.insist_on_reachable(endpoint)


def ask(line: Line, question: Question) -> Eligibility:
    """What the insurer says, or why that cannot be had now. Takes two seconds at most; never in a transaction."""
    try:
        with line.breaker.call():
            return line.gateway.check(question)
    except CircuitOpen as refused:
        return _later(Because.CIRCUIT_OPEN, refused.retry_after_s)
    except Busy as refused:
        return _later(Because.BUSY, refused.retry_after_s)
    except InsurerUnavailable as error:
        return _later(error.because)
    except InsurerRefused:
        return _later(Because.TURNED_AWAY)


def _later(because: Because, after_s: int | None = None) -> Eligibility:
    return Eligibility(CheckState.PENDING, because, retry_after_s=after_s)
