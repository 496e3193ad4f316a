"""Who is asking, who somebody is, and what waits for a decision."""

from salus.shared.people.queries.organisations import (
    Reviews,
    invitation,
    members,
    my_organisation,
    organisation,
    pending_reviews,
)
from salus.shared.people.queries.persons import (
    Me,
    Person,
    account,
    is_approved,
    me,
    my_name,
    name,
    people,
    person,
    persons,
)
from salus.shared.people.queries.sessions import (
    InSession,
    OpenSession,
    SetUp,
    authenticate,
    second_step,
    session,
    sessions,
    set_up,
)

__all__ = [
    "InSession",
    "Me",
    "OpenSession",
    "Person",
    "Reviews",
    "SetUp",
    "account",
    "authenticate",
    "invitation",
    "is_approved",
    "me",
    "members",
    "my_name",
    "my_organisation",
    "name",
    "organisation",
    "pending_reviews",
    "people",
    "person",
    "persons",
    "second_step",
    "session",
    "sessions",
    "set_up",
]
