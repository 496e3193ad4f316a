"""The watch over the records of one tenant, and what it found."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from salus.kernel.actor import SYSTEM, Actor
from salus.kernel.context import Context
from salus.shared.security import reactions
from salus.shared.security.actions import events as actions
from salus.shared.security.models.events import DetectionRule
from salus.shared.security.queries import detection
from salus.shared.security.queries import events as queries
from salus.shared.security.schemas.events import EventRead, EventsSought, Tuning


@dataclass(frozen=True)
class Watchman:
    """Watches when told to, as the worker does every quarter of a minute."""

    tenant: UUID
    ada: Actor

    def watch(self) -> list[str]:
        """One round; the codes of all events there are now, oldest first."""
        reactions.watch(Context(SYSTEM, self.tenant))
        return [event.code for event in self.events()]

    def events(self, **sought: Any) -> list[EventRead]:
        with Context(self.ada, self.tenant) as ctx:
            return queries.events(ctx, EventsSought(**sought)).events[::-1]

    def rule(self, code: str) -> DetectionRule:
        with Context(SYSTEM, self.tenant) as ctx:
            return next(rule for rule in detection.rules(ctx) if rule.code == code)

    def tune(self, code: str, **numbers: Any) -> DetectionRule:
        """Change some numbers of a rule, the others stay."""
        self.watch()
        rule = self.rule(code)
        kept = {name: getattr(rule, name) for name in Tuning.model_fields}
        with Context(self.ada, self.tenant) as ctx:
            return actions.tune_rule(ctx, detection.rule(ctx, rule.id), Tuning(**kept | numbers))
