"""The register of what is done with personal data (GDPR art. 30)."""

from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from salus.kernel.db import Table


class Activity(Table):
    """One activity of processing, in the words of the operator. Takes the place of the default with the same code."""

    __tablename__ = "processing_activities"
    called = "Entries in the register of processing"
    __table_args__ = (UniqueConstraint("tenant_id", "code"),)
    concerns = None
    mentions = ("changed_by",)

    code: Mapped[str]
    title: Mapped[str]
    purpose: Mapped[str]
    legal_basis: Mapped[str]
    subjects: Mapped[str]
    """Whose data it is: sellers, buyers, administrators."""
    categories: Mapped[str]
    """Which data."""
    recipients: Mapped[str]
    transfers: Mapped[str]
    """To which countries outside the operator's law, and on what ground."""
    retention: Mapped[str]
    security: Mapped[str]
    changed_by: Mapped[UUID]
