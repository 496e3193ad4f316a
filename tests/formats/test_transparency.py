"""The log proves that an entry is in it and that its past is unchanged, and no forged proof passes."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salus.formats.transparency import (
    Frontier,
    ProofInvalid,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

# The eight entries and the root after each, as published with the first Certificate Transparency implementation.
KNOWN_ENTRIES = [
    bytes.fromhex(entry)
    for entry in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
KNOWN_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

sizes = st.integers(1, 130)


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(b"entry %d" % number) for number in range(count)]


def root(hashes: list[bytes]) -> bytes:
    return Frontier().extend(hashes).root


def altered(proof: list[bytes], place: int) -> list[bytes]:
    changed = proof.copy()
    changed[place] = sha256(changed[place]).digest()
    return changed


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert root([leaf_hash(entry) for entry in KNOWN_ENTRIES[:size]]).hex() == KNOWN_ROOTS[size]


@given(st.lists(st.binary(max_size=40), max_size=70), st.integers(0, 70))
def test_a_log_resumed_from_its_stored_frontier_grows_the_same_tree(entries: list[bytes], pause: int) -> None:
    hashes = [leaf_hash(entry) for entry in entries]
    before = Frontier().extend(hashes[:pause])
    resumed = Frontier.stored(before.size, list(before.peaks))
    for leaf in hashes[pause:]:
        resumed = resumed.append(leaf)

    assert resumed == Frontier().extend(hashes)


def test_a_long_log_is_remembered_in_few_hashes() -> None:
    assert len(Frontier().extend(leaves(100_000)).peaks) <= 17


@pytest.mark.parametrize(("size", "peaks"), [(-1, ()), (0, (bytes(32),)), (3, (bytes(32),)), (1, (b"short",))])
def test_a_frontier_that_no_tree_has_is_refused(size: int, peaks: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="peak"):
        Frontier(size, peaks)


@given(st.data())
def test_every_entry_proves_that_it_is_in_the_log(data: st.DataObject) -> None:
    size = data.draw(sizes)
    index = data.draw(st.integers(0, size - 1))
    hashes = leaves(size)

    proof = inclusion_proof(hashes.__getitem__, index, size)

    verify_inclusion(hashes[index], index, size, proof, root(hashes))
    assert len(proof) <= (size - 1).bit_length()


@given(st.data())
def test_a_proof_of_inclusion_fits_one_leaf_one_place_and_one_root(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 130))
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(lambda chosen: chosen != index))
    hashes = leaves(size)
    proof = inclusion_proof(hashes.__getitem__, index, size)
    place = data.draw(st.integers(0, len(proof) - 1))
    forgeries = [
        (hashes[other], index, proof, root(hashes)),
        (hashes[index], other, proof, root(hashes)),
        (hashes[index], index, altered(proof, place), root(hashes)),
        (hashes[index], index, proof[:-1], root(hashes)),
        (hashes[index], index, [*proof, proof[-1]], root(hashes)),
        (hashes[index], index, proof, root(hashes[:-1])),
    ]

    for leaf, claimed_index, path, claimed_root in forgeries:
        with pytest.raises(ProofInvalid):
            verify_inclusion(leaf, claimed_index, size, path, claimed_root)


def test_the_proof_of_a_larger_tree_does_not_pass_for_a_smaller_one() -> None:
    hashes = leaves(12)
    of_the_last_four = consistency_proof(hashes[8:].__getitem__, 3, 4)

    with pytest.raises(ProofInvalid, match="too long"):
        verify_inclusion(hashes[1], 0, 1, [hashes[0]], root(hashes[:2]))
    with pytest.raises(ProofInvalid, match="too long"):
        verify_consistency(3, root(hashes[:11]), 4, root(hashes), [*of_the_last_four, root(hashes[:8])])


@pytest.mark.parametrize("index", [-1, 4])
def test_a_leaf_outside_the_log_has_no_proof(index: int) -> None:
    hashes = leaves(4)

    with pytest.raises(IndexError):
        inclusion_proof(hashes.__getitem__, index, 4)
    with pytest.raises(ProofInvalid, match="no leaf"):
        verify_inclusion(hashes[0], index, 4, inclusion_proof(hashes.__getitem__, 0, 4), root(hashes))


@given(st.data())
def test_a_grown_log_proves_that_its_past_is_unchanged(data: st.DataObject) -> None:
    size = data.draw(st.integers(0, 130))
    old_size = data.draw(st.integers(0, size))
    hashes = leaves(size)

    proof = consistency_proof(hashes.__getitem__, old_size, size)

    verify_consistency(old_size, root(hashes[:old_size]), size, root(hashes), proof)


@given(st.data())
def test_a_log_that_rewrote_one_old_entry_cannot_prove_consistency(data: st.DataObject) -> None:
    size = data.draw(sizes)
    old_size = data.draw(st.integers(1, size))
    hashes = leaves(size)
    old_root = root(hashes[:old_size])
    hashes[data.draw(st.integers(0, old_size - 1))] = leaf_hash(b"rewritten")

    proof = consistency_proof(hashes.__getitem__, old_size, size)

    with pytest.raises(ProofInvalid):
        verify_consistency(old_size, old_root, size, root(hashes), proof)


@given(st.data())
def test_a_proof_of_consistency_fits_only_its_two_heads(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 130))
    old_size = data.draw(st.integers(1, size - 1))
    hashes = leaves(size)
    old_root, new_root = root(hashes[:old_size]), root(hashes)
    proof = consistency_proof(hashes.__getitem__, old_size, size)
    place = data.draw(st.integers(0, len(proof) - 1))
    forgeries = [
        (old_root, new_root, altered(proof, place)),
        (old_root, new_root, proof[:-1]),
        (old_root, new_root, [*proof, proof[-1]]),
        (sha256(old_root).digest(), new_root, proof),
        (old_root, sha256(new_root).digest(), proof),
    ]

    for claimed_old, claimed_new, path in forgeries:
        with pytest.raises(ProofInvalid):
            verify_consistency(old_size, claimed_old, size, claimed_new, path)


@pytest.mark.parametrize("old_size", [3, 4])
def test_silence_does_not_prove_consistency(old_size: int) -> None:
    hashes = leaves(7)

    with pytest.raises(ProofInvalid, match="too short"):
        verify_consistency(old_size, root(hashes[:old_size]), 7, root(hashes), [])


def test_a_log_that_shrank_is_refused() -> None:
    hashes = leaves(5)

    with pytest.raises(IndexError):
        consistency_proof(hashes.__getitem__, 6, 5)
    with pytest.raises(ProofInvalid, match="never had"):
        verify_consistency(6, root(hashes), 5, root(hashes), [])


def test_an_empty_past_needs_no_proof_and_takes_none() -> None:
    hashes = leaves(3)
    empty = Frontier().root

    verify_consistency(0, empty, 3, root(hashes), [])
    with pytest.raises(ProofInvalid, match="too long"):
        verify_consistency(0, empty, 3, root(hashes), [hashes[0]])
    with pytest.raises(ProofInvalid, match="old root"):
        verify_consistency(0, hashes[0], 3, root(hashes), [])


def test_an_independent_implementation_sees_the_same_tree_and_paths() -> None:
    pymerkle = pytest.importorskip("pymerkle", reason="pymerkle is not installed")
    theirs = pymerkle.InmemoryTree(algorithm="sha256")
    entries = [b"entry %d" % number for number in range(67)]
    hashes = leaves(67)
    for size, entry in enumerate(entries, start=1):
        theirs.append_entry(entry)

        assert theirs.get_root(size) == root(hashes[:size])
        for index in range(size):
            # Their path also names the leaf it starts from.
            assert theirs.prove_inclusion(index + 1, size).path[1:] == inclusion_proof(hashes.__getitem__, index, size)
