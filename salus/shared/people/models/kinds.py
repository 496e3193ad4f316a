"""Words that people are told apart by."""

from enum import StrEnum


class Review(StrEnum):
    """What administrators decided about a seller or an organisation."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class OrganisationKind(StrEnum):
    COMPANY = "company"
    UNIVERSITY = "university"
    HOSPITAL = "hospital"
    PRACTICE = "practice"
    PUBLIC_BODY = "public_body"
    CHARITY = "charity"


class Awaits(StrEnum):
    """What a session still lacks before it belongs to anybody."""

    NOTHING = "nothing"
    CODE = "code"
    """The second factor: a code of an app, a security key or a recovery code."""
    SET_UP = "set_up"
    """A second factor that is yet to be set up."""


class Channel(StrEnum):
    """How a session's token travels: in a cookie or in a header. One never counts as the other."""

    BROWSER = "browser"
    API = "api"


class Ceremony(StrEnum):
    """What a security key is asked for (WebAuthn level 3, section 7)."""

    REGISTRATION = "registration"
    AUTHENTICATION = "authentication"


class Proves(StrEnum):
    """What following a link from an e-mail is good for."""

    ADDRESS = "address"
    """That the address is theirs."""
    RESET = "reset"
    """That, and they may choose a new password."""
