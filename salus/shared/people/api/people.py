"""Accounts, sessions, and what administrators decide about people."""

from collections.abc import Sequence
from uuid import UUID

from salus.shared.people import actions, queries, rules
from salus.shared.people.actions import ContactData
from salus.shared.people.models import Organisation, Review
from salus.shared.people.queries import Me, OpenSession, Person, Reviews, SetUp
from salus.shared.people.schemas import (
    CodeWrite,
    ContactAsked,
    ContactRead,
    Decision,
    Ending,
    FactorReset,
    Grant,
    InvitationAnswer,
    InvitationWrite,
    MembershipRead,
    MeRead,
    NameWrite,
    OrganisationRead,
    PasswordChange,
    PersonRead,
    Reset,
    ResetAsked,
    ReviewsRead,
    SessionRead,
    SetUpRead,
    SignIn,
    SignUp,
    Suspension,
    TicketRead,
    Verification,
)
from salus.shared.people.sessions import Ticket
from salus.web.doors import Api, CurrentContext, Headers

FEW = "60/minute"

api = Api("", tag="people")


@api.post("/sign-ups", operation=actions.sign_up, limit=FEW)
def sign_up(ctx: CurrentContext, new: SignUp) -> None:
    actions.sign_up(
        ctx,
        name=new.name,
        email=new.email,
        password=new.password,
        role=new.comes_as,
        organisation=new.organisation,
    )


@api.post("/verifications", operation=actions.verify_email)
def verify_email(ctx: CurrentContext, verification: Verification) -> None:
    actions.verify_email(ctx, verification.token)


@api.post("/password-resets", operation=actions.request_reset, limit=FEW)
def request_reset(ctx: CurrentContext, asked: ResetAsked) -> None:
    actions.request_reset(ctx, asked.email)


@api.post("/password-resets/completion", operation=actions.reset_password, limit=FEW)
def reset_password(ctx: CurrentContext, chosen: Reset) -> None:
    actions.reset_password(ctx, chosen.token, chosen.password)


@api.post("/sessions", operation=actions.sign_in, answer=TicketRead, status=201, limit=FEW)
def sign_in(ctx: CurrentContext, headers: Headers, credentials: SignIn) -> Ticket:
    return actions.sign_in(
        ctx,
        email=credentials.email,
        password=credentials.password,
        code=credentials.code,
        device=rules.device(headers.get("user-agent", "")),
    )


@api.post("/sessions/current/code", operation=actions.confirm_totp, answer=TicketRead, limit=FEW)
def confirm_totp(ctx: CurrentContext, given: CodeWrite) -> Ticket:
    return actions.confirm_totp(ctx, given.code)


@api.get("/sessions", operation=queries.sessions, answer=list[SessionRead])
def sessions(ctx: CurrentContext) -> Sequence[OpenSession]:
    return queries.sessions(ctx)


@api.delete("/sessions/current", operation=actions.sign_out)
def sign_out(ctx: CurrentContext) -> None:
    actions.sign_out(ctx)


@api.delete("/sessions/{session_id}", operation=actions.end_session)
def end_session(ctx: CurrentContext, session_id: UUID) -> None:
    actions.end_session(ctx, queries.session(ctx, session_id))


@api.delete("/sessions", operation=actions.sign_out_everywhere)
def sign_out_everywhere(ctx: CurrentContext) -> None:
    actions.sign_out_everywhere(ctx)


@api.get("/me", operation=queries.me, answer=MeRead)
def me(ctx: CurrentContext) -> Me:
    return queries.me(ctx)


@api.put("/me/name", operation=actions.rename)
def rename(ctx: CurrentContext, new: NameWrite) -> None:
    actions.rename(ctx, new.name)


@api.put("/me/password", operation=actions.change_password, answer=TicketRead, limit=FEW)
def change_password(ctx: CurrentContext, change: PasswordChange) -> Ticket:
    return actions.change_password(ctx, current_password=change.current_password, password=change.password)


@api.post("/me/second-factor", operation=actions.set_up_totp, answer=SetUpRead, status=201)
def set_up_totp(ctx: CurrentContext) -> SetUp | None:
    actions.set_up_totp(ctx)
    return queries.set_up(ctx)


@api.delete("/me/second-factor", operation=actions.remove_totp)
def remove_totp(ctx: CurrentContext) -> None:
    actions.remove_totp(ctx)


@api.post("/invitations", operation=actions.invite)
def invite(ctx: CurrentContext, new: InvitationWrite) -> None:
    actions.invite(ctx, new.email)


@api.post("/invitations/acceptance", operation=actions.accept_invitation, limit=FEW)
def accept_invitation(ctx: CurrentContext, answer: InvitationAnswer) -> None:
    invited = queries.invitation(ctx, answer.token)
    actions.accept_invitation(ctx, invited, name=answer.name, password=answer.password)


@api.get("/reviews", operation=queries.pending_reviews, answer=ReviewsRead)
def pending_reviews(ctx: CurrentContext) -> Reviews:
    return queries.pending_reviews(ctx)


@api.get("/people", operation=queries.people, answer=list[PersonRead])
def people(ctx: CurrentContext, email: str = "", review: Review | None = None) -> Sequence[Person]:
    return queries.people(ctx, email=email, review=review)


@api.get("/people/{person_id}", operation=queries.person, answer=PersonRead)
def person(ctx: CurrentContext, person_id: UUID) -> Person:
    return queries.person(ctx, person_id)


@api.post("/people/{person_id}/contact", operation=actions.open_contact, answer=ContactRead, limit="20/hour")
def open_contact(ctx: CurrentContext, person_id: UUID, asked: ContactAsked) -> ContactData:
    return actions.open_contact(ctx, person_id, reason=asked.reason)


@api.post("/people/{person_id}/review", operation=actions.review_seller, answer=MembershipRead)
def review_seller(ctx: CurrentContext, person_id: UUID, decision: Decision) -> object:
    return actions.review_seller(ctx, queries.person(ctx, person_id), review=decision.review, reason=decision.reason)


@api.put("/me/roles/patient", operation=actions.become_patient, answer=MembershipRead)
def become_patient(ctx: CurrentContext) -> object:
    return actions.become_patient(ctx)


@api.post("/people/{person_id}/roles", operation=actions.grant_role, answer=MembershipRead, status=201)
def grant_role(ctx: CurrentContext, person_id: UUID, grant: Grant) -> object:
    return actions.grant_role(ctx, queries.person(ctx, person_id), grant.role)


@api.post("/people/{person_id}/roles/ending", operation=actions.end_role)
def end_role(ctx: CurrentContext, person_id: UUID, ending: Ending) -> None:
    actions.end_role(ctx, queries.person(ctx, person_id), ending.role)


@api.post("/people/{person_id}/suspension", operation=actions.suspend)
def suspend(ctx: CurrentContext, person_id: UUID, suspension: Suspension) -> None:
    actions.suspend(ctx, queries.person(ctx, person_id), reason=suspension.reason)


@api.delete("/people/{person_id}/suspension", operation=actions.restore)
def restore(ctx: CurrentContext, person_id: UUID) -> None:
    actions.restore(ctx, queries.person(ctx, person_id))


@api.delete("/people/{person_id}/sessions", operation=actions.sign_out_person)
def sign_out_person(ctx: CurrentContext, person_id: UUID) -> None:
    actions.sign_out_person(ctx, queries.person(ctx, person_id))


@api.delete("/people/sessions", operation=actions.sign_out_everybody)
def sign_out_everybody(ctx: CurrentContext) -> None:
    actions.sign_out_everybody(ctx)


@api.post("/people/{person_id}/second-factors/reset", operation=actions.reset_factors)
def reset_factors(ctx: CurrentContext, person_id: UUID, reset: FactorReset) -> None:
    actions.reset_factors(ctx, queries.person(ctx, person_id), reason=reset.reason)


@api.get("/organisations/{organisation_id}", operation=queries.organisation, answer=OrganisationRead)
def organisation(ctx: CurrentContext, organisation_id: UUID) -> Organisation:
    return queries.organisation(ctx, organisation_id)


@api.get("/organisations/{organisation_id}/members", operation=queries.members, answer=list[PersonRead])
def members(ctx: CurrentContext, organisation_id: UUID) -> Sequence[Person]:
    return queries.members(ctx, organisation_id)


@api.post("/organisations/{organisation_id}/review", operation=actions.review_organisation, answer=OrganisationRead)
def review_organisation(ctx: CurrentContext, organisation_id: UUID, decision: Decision) -> Organisation:
    its = queries.organisation(ctx, organisation_id)
    return actions.review_organisation(ctx, its, review=decision.review, reason=decision.reason)
