"""Shapes of people at the border. What is read and what is written are never the same class."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, EmailStr, Field, StringConstraints

from salus.kernel.actor import Role
from salus.shared.people.models import Awaits, Channel, OrganisationKind, Review

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\r\n\x00]*$")]
OptionalLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=r"^[^\r\n\x00]*$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^[^\x00]*$")]
Country = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-Za-z]{2}$")]
Email = Annotated[EmailStr, Field(max_length=254)]
Password = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[^\x00]*$")]
"""Longer ones than are allowed pass, to be refused with words and not by their shape."""
Token = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Code = Annotated[str, StringConstraints(max_length=20)]
RecoveryCode = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Answer = Annotated[str, StringConstraints(min_length=2, max_length=16_000)]
"""Of a security key. A signature, a public key and an attestation are a few kB at most."""


class Write(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class OrganisationWrite(Write):
    name: Line
    kind: OrganisationKind
    country: Country
    registration_number: Line
    website: OptionalLine = ""
    documents: list[Line] = Field(default_factory=list, max_length=20)


class SignUp(Write):
    """A buyer or doctor says for which organisation; if no role is named, that alone tells buyers from sellers."""

    name: Line
    email: Email
    password: Password
    role: Literal[Role.SELLER, Role.BUYER, Role.PATIENT, Role.DOCTOR] | None = None
    organisation: OrganisationWrite | None = None

    @property
    def comes_as(self) -> Role:
        return self.role or (Role.SELLER if self.organisation is None else Role.BUYER)


class PersonForm(Write):
    name: Line
    email: Email
    password: Password


class OrganisationForm(PersonForm):
    organisation: Line
    kind: OrganisationKind
    country: Country
    registration_number: Line
    website: OptionalLine = ""
    documents: Text = ""

    def of_organisation(self) -> OrganisationWrite:
        """What was said of the organisation. Proofs are written one a line."""
        return OrganisationWrite(
            name=self.organisation,
            kind=self.kind,
            country=self.country,
            registration_number=self.registration_number,
            website=self.website,
            documents=[line.strip() for line in self.documents.splitlines() if line.strip()],
        )


class SignIn(Write):
    email: Email
    password: Password
    code: Code | None = None
    """Of the second factor, where the account has one. It may also be sent later."""


class SignInForm(Write):
    email: Email
    password: Password
    next: str = Field("/", max_length=4000)


class CodeForm(Write):
    code: Code
    next: str = Field("/", max_length=4000)


class CodeWrite(Write):
    code: Code


class KeyAnswer(Write):
    """What a security key answered, as the browser's `PublicKeyCredential.toJSON()` gives it, in JSON."""

    answer: Answer


class KeyAnswerForm(KeyAnswer):
    next: str = Field("/", max_length=4000)


class NewKey(KeyAnswer):
    name: Line


class NewKeyForm(NewKey):
    next: str = Field("/", max_length=2000)


class KeyName(Write):
    name: Line


class RecoveryCodeWrite(Write):
    recovery_code: RecoveryCode


class RecoveryCodeForm(RecoveryCodeWrite):
    next: str = Field("/", max_length=4000)


class NextForm(Write):
    next: str = Field("/", max_length=4000)


class Verification(Write):
    token: Token


class ResetAsked(Write):
    email: Email


class Reset(Write):
    token: Token
    password: Password


class NameWrite(Write):
    name: Line


class PasswordChange(Write):
    current_password: Password
    password: Password


class InvitationWrite(Write):
    email: Email


class InvitationAnswer(Write):
    token: Token
    name: Line
    password: Password


class Decision(Write):
    review: Literal[Review.APPROVED, Review.REJECTED]
    reason: Text = ""


class Suspension(Write):
    reason: Text


class ContactAsked(Write):
    reason: Text
    """The person reads it."""


class FactorReset(Write):
    reason: Text
    """How the administrator made sure that it is they. The person reads it."""


class ContactRead(Read):
    """A person's whole name and address, for whoever said why they need them."""

    id: UUID
    name: str
    email: str


class Grant(Write):
    role: Literal[Role.SELLER, Role.OVERBOOKER, Role.ADMINISTRATOR]
    """Who acts for an organisation comes by its invitation, because only its members know who does."""


class Ending(Write):
    role: Literal[Role.SELLER, Role.BUYER, Role.PATIENT, Role.DOCTOR, Role.OVERBOOKER, Role.ADMINISTRATOR]


class TicketRead(Read):
    token: str
    awaits: Awaits


class SessionRead(Read):
    id: UUID
    created_at: datetime
    last_seen_at: datetime
    channel: Channel
    device: str
    network: str | None
    is_current: bool


class SetUpRead(Read):
    secret: str
    uri: str


class KeyRead(Read):
    id: UUID
    created_at: datetime
    name: str
    last_used_at: datetime | None
    is_backed_up: bool


class FactorsRead(Read):
    app_since: datetime | None
    keys: list[KeyRead]
    recovery_codes_left: int
    is_required: bool


class RecoveryCodesRead(Read):
    codes: list[str]


class OrganisationRead(Read):
    id: UUID
    name: str
    kind: OrganisationKind
    country: str
    website: str
    review: Review


class MembershipRead(Read):
    role: Role
    review: Review
    reason: str | None
    organisation_id: UUID | None


class MeRead(Read):
    id: UUID
    name: str
    email: str
    roles: list[Role]
    is_verified: bool
    is_approved: bool
    has_second_factor: bool
    organisation_id: UUID | None
    memberships: list[MembershipRead]


class PersonRead(Read):
    """As administrators see a person."""

    id: UUID
    created_at: datetime
    name: str
    email: str
    verified_at: datetime | None
    suspended_at: datetime | None
    memberships: list[MembershipRead]


class ReviewsRead(Read):
    sellers: list[PersonRead]
    organisations: list[OrganisationRead]
