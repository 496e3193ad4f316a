"""Who people are, how they prove it, and what they may be.

A **user** is a person with an account. Roles come from **memberships**: seller, buyer for an **organisation**, or
administrator.

A role says on which side somebody stands; an approval says that they may trade. Both sides get their role as soon as
their e-mail address is verified, so that a seller can bring in data and draft offers, and a buyer can look around the
market. Whoever wants to *trade* must also be approved by an administrator: a seller in person, a buyer through the
organisation. Operations that trade ask `queries.is_approved` and refuse with `rules.NotApprovedYet`.

A **session** is one sign-in on one device. Whoever sees other people's health data (administrators, buyers) must have a
**second factor**: an authenticator app or a security key, with recovery codes for the day it is lost. Until it is
given, a session belongs to nobody (`Actor.id` is None, `Actor.session_id` is set), so nothing but the second step is
open to it. A **passkey** alone signs in with both factors at once.

Nobody can find out who has an account: signing up, signing in and asking for a new password answer the same, and do
the same work, whether an address is known or not. What is different happens in the background and by e-mail.
"""
