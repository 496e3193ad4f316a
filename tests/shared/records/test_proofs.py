"""An outsider can check with the published key, the record and its proof alone, and without our code."""

import hashlib
from base64 import b64decode
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from recorder import Recorder

from salus.kernel.actor import Actor
from salus.kernel.context import Context
from salus.kernel.errors import NotFound
from salus.shared.records import actions, queries
from salus.shared.records.queries.log import NotYetSealed
from salus.shared.records.sealing import seal


def outsider_accepts(entry: bytes, proof: str, key: str) -> bool:
    """Written from RFC 9162 section 2.1.3.2 and the C2SP texts tlog-proof, tlog-checkpoint and signed-note."""
    head, text, signature_line = proof.split("\n\n")
    header, index_line, *steps = head.split("\n")
    assert header == "c2sp.org/tlog-proof@v1"
    name, _, encoded = key.split("+", 2)
    _, signer, signature = signature_line.split()
    assert signer == name
    try:
        public = Ed25519PublicKey.from_public_bytes(b64decode(encoded)[1:])
        public.verify(b64decode(signature)[4:], f"{text}\n".encode())
    except InvalidSignature:
        return False
    origin, size, root = text.split("\n")
    assert origin == name
    fn, sn = int(index_line.removeprefix("index ")), int(size) - 1
    r = hashlib.sha256(b"\0" + entry).digest()
    for p in map(b64decode, steps):
        if sn == 0:
            return False
        if fn % 2 or fn == sn:
            r = hashlib.sha256(b"\1" + p + r).digest()
            while fn and fn % 2 == 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hashlib.sha256(b"\1" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == b64decode(root)


def test_an_outsider_accepts_the_proof_of_every_record(tenant: UUID, ada: Actor, recorder: Recorder) -> None:
    ids = []
    for batch in (1, 6, 3):
        ids += [recorder.record() for _ in range(batch)]
        seal(tenant)

    for record_id in ids:
        with Context(ada, tenant) as ctx:
            proof = queries.proof(ctx, record_id)
        assert outsider_accepts(proof.entry.encode(), proof.text, proof.key)
        assert not outsider_accepts(proof.entry.replace("done", "read").encode(), proof.text, proof.key)


def test_a_record_that_is_not_sealed_yet_has_no_proof(tenant: UUID, ada: Actor, recorder: Recorder) -> None:
    record_id = recorder.record()

    with pytest.raises(NotYetSealed), Context(ada, tenant) as ctx:
        queries.proof(ctx, record_id)


def test_a_proof_is_for_whoever_did_it_and_for_no_other_person(
    tenant: UUID, pia: Actor, paul: Actor, recorder: Recorder
) -> None:
    record_id = recorder.record(actor_id=pia.id, person_id=paul.id)
    seal(tenant)

    with Context(pia, tenant) as ctx:
        assert str(record_id) in queries.proof(ctx, record_id).entry
    with pytest.raises(NotFound), Context(paul, tenant) as ctx:
        queries.proof(ctx, record_id)


def test_the_log_tells_its_size_its_lag_and_its_key(tenant: UUID, ada: Actor, recorder: Recorder) -> None:
    seal(tenant)
    recorder.record()
    with Context(ada, tenant) as ctx:
        waiting = queries.log(ctx)
    seal(tenant)
    with Context(ada, tenant) as ctx:
        sealed = queries.log(ctx)

    assert waiting.lag_s > 0
    assert not waiting.is_late
    assert (sealed.lag_s, sealed.size) == (0.0, waiting.size + 1)
    assert sealed.key is not None
    assert sealed.heads[0].note.startswith(sealed.key.split("+", 1)[0])


def test_a_record_that_waits_for_more_than_a_minute_raises_the_alarm(
    tenant: UUID, ada: Actor, recorder: Recorder, owner_sql
) -> None:
    seal(tenant)
    recorder.record()
    owner_sql("UPDATE records SET created_at = created_at - interval '61 seconds'", tenant)

    with Context(ada, tenant) as ctx:
        assert queries.log(ctx).is_late


def test_what_a_verification_found_stays_on_record(tenant: UUID, ada: Actor, recorder: Recorder, owner_sql) -> None:
    record_id = recorder.record()
    seal(tenant)
    with Context(ada, tenant) as ctx:
        assert actions.verify(ctx).is_whole
    with Context(ada, tenant) as ctx:
        whole = queries.log(ctx).last_checked
    owner_sql("DELETE FROM records WHERE id = :id", tenant, id=record_id)
    with Context(ada, tenant) as ctx:
        actions.verify(ctx)
    with Context(ada, tenant) as ctx:
        damaged = queries.log(ctx).last_checked

    assert whole is not None
    assert whole.is_whole
    assert damaged is not None
    assert not damaged.is_whole
