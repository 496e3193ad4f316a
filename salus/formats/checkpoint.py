"""Signed heads of a transparency log, and proofs to keep, as text that independent tools verify.

The formats are those of C2SP: signed-note, tlog-checkpoint and tlog-proof@v1, with Ed25519 signatures.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from salus.formats.transparency import HASH_BYTES, verify_inclusion

ED25519_TYPE = b"\x01"
KEY_ID_BYTES = 4
MOST_SIGNATURES = 64
"""A note with more is refused before any work is done; the format asks verifiers to accept at least 16."""

PROOF_HEADER = "c2sp.org/tlog-proof@v1"


class NoteInvalid(ValueError):
    """A note is malformed, or carries no good signature of the key that must have signed it."""


@dataclass(frozen=True)
class VerifierKey:
    """The public key of a log and the name it signs under."""

    name: str
    public_key: Ed25519PublicKey

    def __post_init__(self) -> None:
        # The name stands between spaces in a signature line and before a plus in a written key.
        if not self.name or "+" in self.name or self.name.split() != [self.name]:
            raise ValueError(f"{self.name!r} cannot be a key name: it must be non-empty, without spaces or plus")

    @property
    def key_id(self) -> bytes:
        """Four bytes that tell keys of one name apart. Easily forged, so never a proof of anything."""
        key = ED25519_TYPE + self.public_key.public_bytes_raw()
        return sha256(self.name.encode() + b"\n" + key).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        """The key as logs publish it: name, key id and key, joined by plus signs."""
        key = b64encode(ED25519_TYPE + self.public_key.public_bytes_raw()).decode()
        return f"{self.name}+{self.key_id.hex()}+{key}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Read a published key; NoteInvalid if it is not Ed25519 or its id does not belong to it."""
        name, _, rest = text.partition("+")
        key_id, _, encoded = rest.partition("+")
        key = _from_base64(encoded)
        if key[:1] != ED25519_TYPE or len(key) != 1 + 32:
            raise NoteInvalid("the key is not an Ed25519 key")
        try:
            parsed = cls(name, Ed25519PublicKey.from_public_bytes(key[1:]))
        except ValueError as error:
            raise NoteInvalid(str(error)) from error
        if parsed.key_id.hex() != key_id:
            raise NoteInvalid("the key id does not belong to the key")
        return parsed


def sign_note(text: str, name: str, private_key: Ed25519PrivateKey) -> str:
    """The text, which must end in a newline, followed by one signature line."""
    _require_note_text(text)
    key = VerifierKey(name, private_key.public_key())
    signature = b64encode(key.key_id + private_key.sign(text.encode())).decode()
    return f"{text}\n— {name} {signature}\n"


def open_note(note: str, key: VerifierKey) -> str:
    """The text of a note signed by this key. Signatures of other keys are ignored, as the format demands.

    Raises NoteInvalid when the note is malformed, or when any signature that claims this key is bad or none does.
    """
    body, separator, signatures = note.rpartition("\n\n")
    text = body + "\n"
    if not separator or not signatures.endswith("\n"):
        raise NoteInvalid("the note has no signatures")
    _require_note_text(text)
    lines = signatures.removesuffix("\n").split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise NoteInvalid(f"the note has more than {MOST_SIGNATURES} signatures")
    ours = [signature for line in lines if (signature := _signature_of(key, line)) is not None]
    if not ours:
        raise NoteInvalid(f"the note is not signed by {key.name}")
    for signature in ours:
        try:
            key.public_key.verify(signature, text.encode())
        except InvalidSignature as error:
            raise NoteInvalid(f"the signature of {key.name} does not fit the text") from error
    return text


def _require_note_text(text: str) -> None:
    if not text.endswith("\n"):
        raise NoteInvalid("the text of a note ends in a newline")
    if re.search(r"[\x00-\x09\x0b-\x1f]", text):
        raise NoteInvalid("a note holds no control characters")


def _signature_of(key: VerifierKey, line: str) -> bytes | None:
    """The signature in this line if the line claims to come from this key."""
    match = re.fullmatch(r"— (?P<name>[^\s+]+) (?P<signature>[A-Za-z0-9+/]+=*)", line)
    if match is None:
        raise NoteInvalid("a signature line is malformed")
    signature = _from_base64(match["signature"])
    if match["name"] != key.name or signature[:KEY_ID_BYTES] != key.key_id:
        return None
    return signature[KEY_ID_BYTES:]


@dataclass(frozen=True)
class Checkpoint:
    """What a log says of itself at one moment: its name, how many entries it holds and the root over them."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or "\n" in self.origin or self.size < 0 or len(self.root) != HASH_BYTES:
            raise ValueError("a checkpoint needs an origin of one line, a size and a SHA-256 root")

    def sign(self, private_key: Ed25519PrivateKey) -> str:
        """The checkpoint as a note signed under the name of its log."""
        return sign_note(f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n", self.origin, private_key)

    @classmethod
    def open(cls, note: str, key: VerifierKey) -> Checkpoint:
        """Verify a signed checkpoint and read it; NoteInvalid unless this very log signed it."""
        lines = open_note(note, key).removesuffix("\n").split("\n")
        if len(lines) < 3 or not all(lines):
            raise NoteInvalid("a checkpoint has three lines or more, none of them empty")
        origin, size, root = lines[:3]
        # A key may sign for several logs; only the origin tells whose head this is.
        if origin != key.name:
            raise NoteInvalid(f"the checkpoint is of {origin}, not of {key.name}")
        try:
            return cls(origin, _decimal(size), _from_base64(root))
        except ValueError as error:
            raise NoteInvalid(str(error)) from error


@dataclass(frozen=True)
class LogProof:
    """Everything an outsider needs, besides the log's key, to see that an entry was logged."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: str

    def __str__(self) -> str:
        """The proof as tlog-proof@v1 text."""
        path = "".join(f"{b64encode(step).decode()}\n" for step in self.path)
        return f"{PROOF_HEADER}\nindex {self.index}\n{path}\n{self.checkpoint}"

    @classmethod
    def parse(cls, text: str) -> LogProof:
        """Read tlog-proof@v1 text. An `extra` line is passed over: nothing vouches for it."""
        head, separator, checkpoint = text.partition("\n\n")
        header, *lines = head.split("\n")
        if header != PROOF_HEADER or not separator:
            raise NoteInvalid("this is not a tlog-proof@v1")
        if lines and lines[0].startswith("extra "):
            lines = lines[1:]
        if not lines or not lines[0].startswith("index "):
            raise NoteInvalid("the proof does not say which entry it is for")
        path = tuple(_from_base64(line) for line in lines[1:])
        if any(len(step) != HASH_BYTES for step in path):
            raise NoteInvalid("a step of the proof is not a SHA-256 hash")
        return cls(_decimal(lines[0].removeprefix("index ")), path, checkpoint)

    def verify(self, leaf: bytes, key: VerifierKey) -> Checkpoint:
        """The checkpoint that vouches for this leaf hash; NoteInvalid or ProofInvalid if none does."""
        checkpoint = Checkpoint.open(self.checkpoint, key)
        verify_inclusion(leaf, self.index, checkpoint.size, list(self.path), checkpoint.root)
        return checkpoint


def _decimal(text: str) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text):
        raise NoteInvalid("a number is written in decimal, without leading zeroes")
    return int(text)


def _from_base64(text: str) -> bytes:
    """Strict base64: text that decodes but is not how the bytes are written would give one note many spellings."""
    try:
        decoded = b64decode(text, validate=True)
    except ValueError as error:
        raise NoteInvalid("the base64 is malformed") from error
    if b64encode(decoded).decode() != text:
        raise NoteInvalid("the base64 is malformed")
    return decoded
