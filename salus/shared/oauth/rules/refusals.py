"""How Salus says no to programs (RFC 6749, section 5.2), and to people whom a program sent with a wrong request."""

from typing import ClassVar

from salus.kernel.errors import Invalid, NotAllowed, Refusal


class OAuthRefusal(Refusal):
    """One that a program is told by the code that OAuth gave it. Messages are plain ASCII, as OAuth wants them."""

    status = 400
    error: ClassVar[str]


class InvalidRequest(OAuthRefusal):
    error = "invalid_request"
    message = "The request lacks a parameter, or has one that cannot be right."


class InvalidClient(OAuthRefusal):
    status = 401
    error = "invalid_client"
    message = "The program is not known, or did not prove that it is itself."


class InvalidGrant(OAuthRefusal):
    """Says the same for what was never given, is over, was used, or belongs to another program."""

    error = "invalid_grant"
    message = "The code, token or permission is not good, or not any more. Ask the person again."


class GrantReused(InvalidGrant):
    """A code or token came a second time: somebody else has it too. Keeps that its family ended."""

    keeps = True


class UnauthorizedClient(OAuthRefusal):
    error = "unauthorized_client"
    message = "The program is not registered for this grant."


class UnsupportedGrantType(OAuthRefusal):
    error = "unsupported_grant_type"
    message = "This grant is not given here. Known are authorization_code, refresh_token and client_credentials."


class InvalidScope(OAuthRefusal):
    error = "invalid_scope"
    message = "The program asked for a scope that it is not registered for, or that does not exist."


class UnknownProgram(Refusal):
    """Shown to the person: nobody is sent on to an address that somebody else may have written."""

    status = 400
    message = (
        "The program that sent you here is not registered with us. Nothing was given to it. Please tell its maker."
    )


class UnknownAddress(Refusal):
    """Shown to the person, for the same reason."""

    status = 400
    message = (
        "The program that sent you here wants the answer at an address that is not registered for it. "
        "Nothing was given to it. Please tell its maker."
    )


class NotARedirectUri(Invalid):
    message = (
        "An address to come back to begins with https://, with http://127.0.0.1 or http://[::1], or with a scheme of "
        "your app's own such as com.example.app:/ and holds no #."
    )
    field = "redirect_uris"


class NoSuchScope(Invalid):
    message = "One of these scopes does not exist. The scopes are listed beside the form."
    field = "scopes"


class NotForPublicClients(Invalid):
    message = "Only a system that keeps a secret can act on its own."
    field = "grant_types"


class AddressNeeded(Invalid):
    message = "A program that asks people needs at least one address to come back to."
    field = "redirect_uris"


class ActsAsAnother(NotAllowed):
    message = (
        "With its secret the program acts as whoever registered it, so only they can make a new one. "
        "Please register a program of your own."
    )


class NoSecretNeeded(Invalid):
    message = "An app on a device has no secret: everybody who has the app could read it."
