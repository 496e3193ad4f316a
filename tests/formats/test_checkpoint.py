"""A signed head of the log can be checked by anyone who has its key, and nobody else can make one."""

from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from salus.formats.checkpoint import Checkpoint, LogProof, NoteInvalid, VerifierKey, open_note, sign_note
from salus.formats.transparency import Frontier, ProofInvalid, inclusion_proof, leaf_hash

# The example key and note in the documentation of Go's sumdb/note package.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    f"{GO_TEXT}\n— PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

ORIGIN = "salus.example/log/clinic"
PRIVATE_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEY = VerifierKey(ORIGIN, PRIVATE_KEY.public_key())
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
LEAVES = [leaf_hash(b"entry %d" % number) for number in range(11)]
HEAD = Checkpoint(ORIGIN, len(LEAVES), Frontier().extend(LEAVES).root)


def proof_of(index: int) -> LogProof:
    return LogProof(index, tuple(inclusion_proof(LEAVES.__getitem__, index, HEAD.size)), HEAD.sign(PRIVATE_KEY))


def test_a_note_signed_by_go_is_read() -> None:
    key = VerifierKey.parse(GO_KEY)

    assert open_note(GO_NOTE, key) == GO_TEXT
    assert str(key) == GO_KEY


def test_a_checkpoint_is_written_as_other_tools_expect_it() -> None:
    note = HEAD.sign(PRIVATE_KEY)

    text, _, signature = note.partition("\n\n")
    assert text == f"{ORIGIN}\n11\n{b64encode(HEAD.root).decode()}"
    assert signature.startswith(f"— {ORIGIN} ")
    assert b64decode(signature.split(" ")[2])[:4] == KEY.key_id


@given(st.integers(0, 10**18), st.binary(min_size=32, max_size=32))
def test_a_signed_checkpoint_reads_back(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(ORIGIN, size, root)

    assert Checkpoint.open(checkpoint.sign(PRIVATE_KEY), KEY) == checkpoint


@given(st.data())
def test_no_character_of_a_checkpoint_can_be_changed(data: st.DataObject) -> None:
    note = HEAD.sign(PRIVATE_KEY)
    place = data.draw(st.integers(0, len(note) - 1))
    character = data.draw(st.characters(codec="utf-8").filter(lambda drawn: drawn != note[place]))

    with pytest.raises(NoteInvalid):
        Checkpoint.open(note[:place] + character + note[place + 1 :], KEY)


def test_a_signature_has_one_spelling() -> None:
    note = HEAD.sign(PRIVATE_KEY)
    # The last character before the padding has bits that belong to no byte; setting one decodes to the same signature.
    respelt = note[:-3] + chr(ord(note[-3]) + 1) + note[-2:]
    assert b64decode(respelt.split(" ")[-1]) == b64decode(note.split(" ")[-1])

    with pytest.raises(NoteInvalid, match="base64"):
        Checkpoint.open(respelt, KEY)


def test_a_checkpoint_signed_by_a_stranger_under_our_name_is_refused() -> None:
    with pytest.raises(NoteInvalid, match="not signed by"):
        Checkpoint.open(HEAD.sign(STRANGER), KEY)


def test_a_checkpoint_of_another_log_is_refused_even_with_our_signature() -> None:
    text = HEAD.sign(PRIVATE_KEY).partition("\n\n")[0] + "\n"

    with pytest.raises(NoteInvalid, match=r"is of other\.example"):
        Checkpoint.open(sign_note(text.replace(ORIGIN, "other.example"), ORIGIN, PRIVATE_KEY), KEY)


def test_the_signatures_of_witnesses_are_passed_over() -> None:
    witnessed = HEAD.sign(PRIVATE_KEY) + "— witness.example AAAAAQID\n"

    assert Checkpoint.open(witnessed, KEY) == HEAD


def test_one_bad_signature_under_our_key_spoils_a_good_one() -> None:
    forged = b64encode(KEY.key_id + bytes(64)).decode()

    with pytest.raises(NoteInvalid, match="does not fit"):
        Checkpoint.open(HEAD.sign(PRIVATE_KEY) + f"— {ORIGIN} {forged}\n", KEY)


def test_a_note_drowned_in_signatures_is_refused() -> None:
    with pytest.raises(NoteInvalid, match="more than 64"):
        Checkpoint.open(HEAD.sign(PRIVATE_KEY) + "— witness.example AAAAAQID\n" * 64, KEY)


@pytest.mark.parametrize(
    "text",
    [
        f"{ORIGIN}\n011\n{b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n-1\n{b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n١١\n{b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n11\n{b64encode(bytes(31)).decode()}\n",
        f"{ORIGIN}\n11\nnot base64\n",
        f"{ORIGIN}\n11\n",
        f"{ORIGIN}\n11\n{b64encode(bytes(32)).decode()}\n\nextension\n",
    ],
)
def test_a_well_signed_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        Checkpoint.open(sign_note(text, ORIGIN, PRIVATE_KEY), KEY)


@pytest.mark.parametrize("text", ["no newline at the end", "a bell\a\n"])
def test_a_text_that_no_note_may_hold_is_not_signed(text: str) -> None:
    with pytest.raises(NoteInvalid):
        sign_note(text, ORIGIN, PRIVATE_KEY)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "tab\tbed", "wide\u2003space"])
def test_a_key_name_that_would_blur_the_format_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="key name"):
        VerifierKey(name, PRIVATE_KEY.public_key())


@pytest.mark.parametrize(
    "text", ["", "name", "name+c74f20a3", GO_KEY.replace("c74f", "c74e"), GO_KEY.replace("ARpc", "Aipc"), GO_KEY + "A"]
)
def test_a_published_key_that_does_not_hold_together_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        VerifierKey.parse(text)


@pytest.mark.parametrize("index", range(len(LEAVES)))
def test_a_kept_proof_convinces_whoever_has_the_key(index: int) -> None:
    kept = str(proof_of(index))

    assert LogProof.parse(kept).verify(LEAVES[index], KEY) == HEAD


def test_a_kept_proof_speaks_for_one_entry_only() -> None:
    with pytest.raises(ProofInvalid):
        proof_of(3).verify(LEAVES[4], KEY)


def test_extra_words_in_a_proof_change_nothing() -> None:
    kept = str(proof_of(3)).replace("index", "extra c2F5IGhlbGxv\nindex")

    assert LogProof.parse(kept) == proof_of(3)


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("proof@v1", "proof@v2"),
        ("index 3", "index 03"),
        ("index 3\n", ""),
        ("\n\n", "\n"),
        ("index 3\n", "index 3\nQQ==\n"),
    ],
)
def test_a_malformed_proof_is_refused(good: str, bad: str) -> None:
    with pytest.raises(NoteInvalid):
        LogProof.parse(str(proof_of(3)).replace(good, bad))
