"""Security keys and passkeys: what they are asked, and whether what they answer proves anything (WebAuthn level 3)."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import webauthn
from sqlalchemy import delete, select
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes, options_to_json, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from salus.kernel.context import Context
from salus.kernel.settings import settings
from salus.kernel.tenants import tenant_named
from salus.shared.people import rules
from salus.shared.people.models import Ceremony, Challenge, SecurityKey, User
from salus.shared.people.rules import RelyingParty

Options = dict[str, Any]
"""What a browser hands to a key, as JSON (WebAuthn level 3, section 5.1)."""

CHALLENGE_MS = int(rules.CHALLENGE_HOLDS.total_seconds() * 1000)


def asked_at(ctx: Context, host: str) -> RelyingParty:
    """The relying party of a request's `Host` header. Raises NoKeysHere."""
    given = settings()
    hosts = tenant_named(ctx.tenant_id).hosts
    return rules.relying_party(host, hosts, given.url, is_development=given.is_development)


def work_at(ctx: Context, host: str) -> bool:
    """Whether security keys can be used at all where a request was sent."""
    try:
        asked_at(ctx, host)
    except rules.NoKeysHere:
        return False
    return True


def of_session(session_id: UUID) -> bytes:
    """Who may answer a challenge: this session alone."""
    return _digest(b"session:" + session_id.bytes)


def of_visitor(visitor: str) -> bytes:
    """Who may answer a challenge: this browser alone, by its cookie from before anybody signed in."""
    return _digest(b"visitor:" + visitor.encode())


def ask_for_new(ctx: Context, user: User, known: Sequence[SecurityKey], party: RelyingParty, asker: bytes) -> Options:
    """What the browser needs to make a new key of this person's at this address."""
    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=tenant_named(ctx.tenant_id).name,
        user_id=user.id.bytes,
        user_name=user.email,
        user_display_name=user.name,
        timeout=CHALLENGE_MS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_described(known),
    )
    _remember(ctx, options.challenge, Ceremony.REGISTRATION, asker)
    return _as_json(options)


def ask(ctx: Context, keys: Sequence[SecurityKey], party: RelyingParty, asker: bytes) -> Options:
    """What the browser needs to let one of these keys sign; without any, one that knows itself whose it is."""
    options = webauthn.generate_authentication_options(
        rp_id=party.id,
        timeout=CHALLENGE_MS,
        allow_credentials=_described(keys),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    _remember(ctx, options.challenge, Ceremony.AUTHENTICATION, asker)
    return _as_json(options)


def registered(ctx: Context, answer: str, party: RelyingParty, asker: bytes) -> VerifiedRegistration:
    """The new key of an answer to `ask_for_new`. Raises KeyNotRight or AskedTooLongAgo; the challenge is used up."""
    with _refusing():
        credential = json.loads(answer)
        challenge = _use_up(ctx, credential, Ceremony.REGISTRATION, asker)
        return webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )


def transports_of(answer: str) -> list[str]:
    """How the browser says that a new key is reached, of the ways that are known."""
    named = json.loads(answer).get("response", {}).get("transports") or []
    return [known.value for known in AuthenticatorTransport if known.value in named]


def answered(ctx: Context, answer: str, party: RelyingParty, asker: bytes) -> SecurityKey:
    """The key that signed an answer to `ask`, which the person unlocked.

    Whose it is, the caller looks at. Raises KeyNotRight, KeyCopied or AskedTooLongAgo. The challenge is used up in any
    case: a right answer that comes twice is refused, also of keys that do not count.
    """
    with _refusing():
        credential = json.loads(answer)
        challenge = _use_up(ctx, credential, Ceremony.AUTHENTICATION, asker)
        key = _key_of(ctx, credential, party)
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=0,  # looked at below, where a refusal says what is wrong
            require_user_verification=True,
        )
    ctx.tell(subject=key, person_id=key.user_id)
    _note_use(ctx, key, verified)
    return key


def _use_up(ctx: Context, credential: dict[str, Any], ceremony: Ceremony, asker: bytes) -> bytes:
    """The challenge that was signed, if it was ours, is not too old, and was asked of whoever answers.

    Of many who come with one answer at once, the database lets one pass.
    """
    signed = parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"])).challenge
    open_one = delete(Challenge).where(
        Challenge.challenge_hash == _digest(signed),
        Challenge.ceremony == ceremony,
        Challenge.asker_hash == asker,
        Challenge.expires_at > ctx.now,
    )
    if ctx.db.execute(open_one.returning(Challenge.id)).first() is None:
        raise rules.AskedTooLongAgo
    return signed


def _key_of(ctx: Context, credential: dict[str, Any], party: RelyingParty) -> SecurityKey:
    wanted = select(SecurityKey).where(
        SecurityKey.credential_id == base64url_to_bytes(credential["id"]), SecurityKey.rp_id == party.id
    )
    key = ctx.db.scalars(wanted).one_or_none()
    named = credential["response"].get("userHandle")
    if key is None or (named and base64url_to_bytes(named) != key.user_id.bytes):
        raise rules.KeyNotRight
    return key


def _note_use(ctx: Context, key: SecurityKey, verified: VerifiedAuthentication) -> None:
    """Raises KeyCopied where the count went back, also where another answer of the same count came first."""
    ctx.lock(key)
    if rules.has_gone_back(verified.new_sign_count, before=key.sign_count):
        ctx.tell(sign_count="went back")
        raise rules.KeyCopied
    key.sign_count, key.is_backed_up = verified.new_sign_count, verified.credential_backed_up
    key.last_used_at = ctx.now


@contextmanager
def _refusing() -> Iterator[None]:
    """Whatever is wrong with an answer, the library says it to programmers and not to people."""
    try:
        yield
    except (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise rules.KeyNotRight from error


def _remember(ctx: Context, challenge: bytes, ceremony: Ceremony, asker: bytes) -> None:
    expires_at = ctx.now + rules.CHALLENGE_HOLDS
    ctx.db.add(Challenge(challenge_hash=_digest(challenge), ceremony=ceremony, asker_hash=asker, expires_at=expires_at))


def _described(keys: Sequence[SecurityKey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=key.credential_id, transports=[AuthenticatorTransport(way) for way in key.transports]
        )
        for key in keys
    ]


def _as_json(options: Any) -> Options:
    found: Options = json.loads(options_to_json(options))
    return found


def _digest(value: bytes) -> bytes:
    return hashlib.sha256(value).digest()
