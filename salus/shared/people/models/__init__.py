"""People, their organisations, and how they prove who they are."""

from salus.shared.people.models.accounts import EmailToken, Invitation, Membership, Organisation, User
from salus.shared.people.models.factors import Challenge, RecoveryCode, SecurityKey, Totp
from salus.shared.people.models.kinds import Awaits, Ceremony, Channel, OrganisationKind, Proves, Review
from salus.shared.people.models.sessions import Attempts, Session

__all__ = [
    "Attempts",
    "Awaits",
    "Ceremony",
    "Challenge",
    "Channel",
    "EmailToken",
    "Invitation",
    "Membership",
    "Organisation",
    "OrganisationKind",
    "Proves",
    "RecoveryCode",
    "Review",
    "SecurityKey",
    "Session",
    "Totp",
    "User",
]
