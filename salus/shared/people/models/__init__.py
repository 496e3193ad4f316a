"""People, their organisations, and how they prove who they are."""

from salus.shared.people.models.accounts import EmailToken, Invitation, Membership, Organisation, User
from salus.shared.people.models.factors import Totp
from salus.shared.people.models.kinds import Awaits, Channel, OrganisationKind, Proves, Review
from salus.shared.people.models.sessions import Attempts, Session

__all__ = [
    "Attempts",
    "Awaits",
    "Channel",
    "EmailToken",
    "Invitation",
    "Membership",
    "Organisation",
    "OrganisationKind",
    "Proves",
    "Review",
    "Session",
    "Totp",
    "User",
]
