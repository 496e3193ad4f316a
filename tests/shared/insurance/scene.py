"""People who are insured, and what their insurer says of them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self
from uuid import UUID

from salus.kernel import services
from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.breaker import Breaker, breaker
from salus.kernel.context import Context
from salus.shared.insurance import actions, queries, reactions
from salus.shared.insurance.gateways import Eligibility
from salus.shared.insurance.models import Because, CheckState, Coverage, Insurer, Service
from salus.shared.insurance.schemas import CheckRead, CoverageWrite, InsurerWrite
from tests.cast import later
from tests.shared.insurance.sim_office import KEY, PAYER, SimOffice


@dataclass
class Desk:
    """Where the people of one tenant ask what their insurance covers."""

    tenant: UUID
    office: SimOffice
    insurer: Insurer

    @classmethod
    def at(cls, tenant: UUID, ada: Actor, office: SimOffice, *, payer: str = PAYER) -> Self:
        described = InsurerWrite(name="Nordic Health", payer_code=payer, endpoint=office.url, key=KEY)
        with Context(ada, tenant) as ctx:
            return cls(tenant, office, actions.add_insurer(ctx, described))

    @property
    def breaker(self) -> Breaker:
        return breaker(f"insurer:{self.insurer.id}")

    def insured(self, person: Actor, member: str | None = None) -> Coverage:
        described = CoverageWrite(insurer_id=self.insurer.id, member_number=member or self.office.covered)
        with Context(person, self.tenant) as ctx:
            return actions.add_coverage(ctx, described)

    def asks(
        self, person: Actor, coverage: Coverage, *, service: Service = Service.CONSULTATION, days: int = 7
    ) -> CheckRead:
        """The person waits for what comes of it."""
        return reactions.check(Context(person, self.tenant), coverage.id, service=service, on_day=in_days(days))

    def worker_looks(self) -> None:
        """One round of the worker's."""
        reactions.recheck(Context(SYSTEM, self.tenant))

    def stands(self, check: CheckRead) -> CheckRead:
        with Context(SYSTEM, self.tenant) as ctx:
            return queries.check(ctx, check.id)

    def waiting(self) -> list[UUID]:
        """All that will be asked again, however long from now."""
        with later(days=30):
            return self.due()

    def due(self) -> list[UUID]:
        with Context(SYSTEM, self.tenant) as ctx:
            return [check_id for waiting in queries.due(ctx).values() for check_id in waiting]


def in_days(days: int) -> date:
    return datetime.now(UTC).date() + timedelta(days=days)


def answered(tenant: UUID, ada: Actor, person: Actor) -> Coverage:
    """An insurer was named, somebody is insured there, and it said what it covers. Nobody is really asked."""
    described = InsurerWrite(name="Nordic Health", payer_code=PAYER, endpoint="https://93.184.215.14/fhir", key=KEY)
    with Context(ada, tenant) as ctx:
        insurer = actions.add_insurer(ctx, described)
    with Context(person, tenant) as ctx:
        coverage = actions.add_coverage(
            ctx, CoverageWrite(insurer_id=insurer.id, member_number="NH 1234 0001", plan="Everything and teeth")
        )
        check = actions.ask(ctx, coverage, service=Service.CONSULTATION, on_day=in_days(7))
    said = Eligibility(CheckState.ELIGIBLE, Because.IN_FORCE, disposition="The plan covers this.")
    with Context(SYSTEM, tenant) as ctx:
        actions.settle(ctx, check, said)
    services.note(Context(SYSTEM, tenant), breaker(f"insurer:{insurer.id}").reading(), insurer.name)
    return coverage
