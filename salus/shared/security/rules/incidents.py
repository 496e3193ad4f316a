"""How an incident is named, and what leads on from where it is."""

import secrets

from salus.shared.security.models.incidents import TRANSITIONS, IncidentState
from salus.shared.security.rules.refusals import NotTheNextStep

LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without those that are mistaken for one another when read out."""


def new_reference() -> str:
    """Eight letters and figures in two groups, as in `7KQM-2XWA`: 39 random bits, which name and open nothing."""
    whole = "".join(secrets.choice(LETTERS) for _ in range(8))
    return f"{whole[:4]}-{whole[4:]}"


def insist_on_step(begin: IncidentState, end: IncidentState) -> None:
    """Raises NotTheNextStep."""
    if end not in TRANSITIONS[begin]:
        raise NotTheNextStep
