"""A security key in software, by WebAuthn level 3: what a browser and a key would answer to what Salus asks."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

from salus.kernel.tenants import tenant_named

PRESENT, VERIFIED, BACKED_UP, HAS_CREDENTIAL = 0x01, 0x04, 0x08 | 0x10, 0x40

Options = Mapping[str, Any]


def host_of(tenant: UUID) -> str:
    return tenant_named(tenant).hosts[0]


@dataclass
class Authenticator:
    """One key of one person, in a browser at `origin`. A passkey that is backed up does not count its signatures."""

    origin: str
    sign_count: int = 0
    is_verifying: bool = True
    is_backed_up: bool = False
    rp_id: str | None = None
    """What it claims to answer for; what it was asked for unless said."""
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    user_handle: bytes = b""

    def __post_init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    @classmethod
    def at(cls, tenant: UUID, **kind: Any) -> "Authenticator":
        """A key in a browser that shows this tenant's pages."""
        return cls(f"http://{host_of(tenant)}", **kind)

    def create(self, options: Options) -> str:
        """The answer to a registration."""
        self.user_handle = base64url_to_bytes(options["user"]["id"])
        about = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self._cose_key()
        data = self._data(self.rp_id or options["rp"]["id"], HAS_CREDENTIAL) + about
        attested = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client_data("webauthn.create", options)
        response = {"attestationObject": attested, "clientDataJSON": client}
        return self._answer(response, transports=["usb", "of-tomorrow"])

    def get(self, options: Options) -> str:
        """The answer to an authentication."""
        self.sign_count += 0 if self.is_backed_up else 1
        data = self._data(self.rp_id or options["rpId"], 0)
        client = self._client_data("webauthn.get", options)
        signature = self._key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {"authenticatorData": data, "clientDataJSON": client, "signature": signature}
        return self._answer(response | {"userHandle": self.user_handle})

    def _client_data(self, kind: str, options: Options) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _data(self, rp_id: str, flags: int) -> bytes:
        flags |= PRESENT | (VERIFIED if self.is_verifying else 0) | (BACKED_UP if self.is_backed_up else 0)
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.sign_count.to_bytes(4, "big")

    def _cose_key(self) -> bytes:
        point = self._key.public_key().public_numbers()
        return bytes(
            encode_cbor({1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")})
        )

    def _answer(self, response: Mapping[str, bytes], **more: Any) -> str:
        known_as = bytes_to_base64url(self.credential_id)
        told = {name: bytes_to_base64url(value) for name, value in response.items()}
        return json.dumps({"id": known_as, "rawId": known_as, "type": "public-key", "response": told | more})
