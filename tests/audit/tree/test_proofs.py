"""Proofs: what the public vectors accept and refuse, and what no proof can get past."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.tree import hashing, proofs
from apps.audit.tree.proofs import ProofFailed
from tests.audit.tree import naive

MERKLE = "transparency-dev-merkle/testdata"
HASHES = [hashing.leaf_hash(b"%d" % number) for number in range(300)]
sizes = st.integers(min_value=1, max_value=len(HASHES))


def subtree(start: int, end: int) -> bytes:
    return naive.root_of(HASHES[start:end])


def passes(verify, *args, **kwargs) -> bool:
    try:
        verify(*args, **kwargs)
    except ProofFailed:
        return False
    return True


@st.composite
def included(draw):
    size = draw(sizes)
    index = draw(st.integers(min_value=0, max_value=size - 1))
    return {
        "proof": proofs.inclusion(index, size=size, subtree=subtree),
        "index": index,
        "size": size,
        "leaf": HASHES[index],
        "root": subtree(0, size),
    }


@st.composite
def grown(draw):
    size = draw(sizes)
    old = draw(st.integers(min_value=1, max_value=size))
    return {
        "proof": proofs.consistency(old, size=size, subtree=subtree),
        "old_size": old,
        "old_root": subtree(0, old),
        "size": size,
        "root": subtree(0, size),
    }


def flipped(hash_: bytes, bit: int) -> bytes:
    changed = bytearray(hash_)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


class TestTheVectors:
    def test_all_98_inclusion_proofs_are_judged_as_they_should_be(self):
        found = naive.vectors(f"{MERKLE}/inclusion/**/*.json")
        assert len(found) == 98
        for vector in found:
            accepted = passes(
                proofs.verify_inclusion,
                naive.decoded(vector["proof"]),
                index=vector["leafIdx"],
                size=vector["treeSize"],
                leaf=b64decode(vector["leafHash"]),
                root=b64decode(vector["root"]),
            )
            assert accepted is not vector["wantErr"], vector["file"]

    def test_all_98_consistency_proofs_are_judged_as_they_should_be(self):
        found = naive.vectors(f"{MERKLE}/consistency/**/*.json")
        assert len(found) == 98
        for vector in found:
            accepted = passes(
                proofs.verify_consistency,
                naive.decoded(vector["proof"]),
                old_size=vector["size1"],
                old_root=b64decode(vector["root1"]),
                size=vector["size2"],
                root=b64decode(vector["root2"]),
            )
            assert accepted is not vector["wantErr"], vector["file"]


class TestInclusion:
    @given(included())
    def test_it_is_the_path_of_the_definition_and_verifies(self, case):
        assert case["proof"] == naive.path(case["index"], HASHES[: case["size"]])
        proofs.verify_inclusion(case.pop("proof"), **case)

    @given(included(), st.data())
    def test_any_flipped_bit_is_refused(self, case, data):
        hashes = [*case["proof"], case["leaf"], case["root"]]
        which = data.draw(st.integers(min_value=0, max_value=len(hashes) - 1))
        hashes[which] = flipped(hashes[which], data.draw(st.integers(min_value=0, max_value=255)))
        *proof, case["leaf"], case["root"] = hashes
        case.pop("proof")
        assert not passes(proofs.verify_inclusion, proof, **case)

    @given(included(), st.integers(min_value=-2, max_value=310))
    def test_any_other_index_is_refused(self, case, index):
        if index != case["index"]:
            assert not passes(proofs.verify_inclusion, **case | {"index": index})

    @given(included(), st.integers(min_value=0, max_value=5), st.booleans())
    def test_a_longer_or_shorter_proof_is_refused(self, case, at, longer):
        proof = case.pop("proof")
        at = min(at, len(proof))
        changed = [*proof[:at], HASHES[0], *proof[at:]] if longer else proof[:at]
        if changed != proof:
            assert not passes(proofs.verify_inclusion, changed, **case)

    @pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3), (0, 2**63)])
    def test_there_is_none_outside_the_tree(self, index, size):
        with pytest.raises(ValueError):
            proofs.inclusion(index, size=size, subtree=subtree)
        root = naive.root_of(HASHES[:3])
        with pytest.raises(ProofFailed):
            proofs.verify_inclusion([], index=index, size=size, leaf=root, root=root)

    def test_the_largest_tree_needs_63_hashes(self):
        size = 2**63 - 1
        zero = bytes(32)
        assert len(proofs.inclusion(0, size=size, subtree=lambda *_: zero)) == proofs.MAX_HASHES
        assert len(proofs.consistency(1, size=size, subtree=lambda *_: zero)) == proofs.MAX_HASHES

    def test_two_hashes_cannot_pose_as_one(self):
        """A hash of 64 bytes would let a node be cut in another place."""
        root = hashing.node_hash(b"", HASHES[0] + HASHES[1])
        assert not passes(
            proofs.verify_inclusion, [HASHES[0] + HASHES[1]], index=0, size=2, leaf=b"", root=root
        )


class TestConsistency:
    @given(grown())
    def test_it_is_the_proof_of_the_definition_and_verifies(self, case):
        assert case["proof"] == naive.proof(case["old_size"], HASHES[: case["size"]])
        proofs.verify_consistency(case.pop("proof"), **case)

    @given(grown(), st.data())
    def test_any_flipped_bit_is_refused(self, case, data):
        hashes = [*case["proof"], case["old_root"], case["root"]]
        which = data.draw(st.integers(min_value=0, max_value=len(hashes) - 1))
        hashes[which] = flipped(hashes[which], data.draw(st.integers(min_value=0, max_value=255)))
        *proof, case["old_root"], case["root"] = hashes
        case.pop("proof")
        assert not passes(proofs.verify_consistency, proof, **case)

    @given(grown(), st.integers(min_value=-1, max_value=310))
    def test_any_other_older_size_is_refused(self, case, old):
        if old != case["old_size"]:
            assert not passes(proofs.verify_consistency, **case | {"old_size": old})

    @given(grown(), st.data())
    def test_a_changed_entry_below_the_older_size_is_found(self, case, data):
        index = data.draw(st.integers(min_value=0, max_value=case["old_size"] - 1))
        forged = [*HASHES[:index], bytes(32), *HASHES[index + 1 :]][: case["size"]]
        proof = naive.proof(case["old_size"], forged)
        assert not passes(
            proofs.verify_consistency, **case | {"proof": proof, "root": naive.root_of(forged)}
        )

    def test_two_empty_trees_have_the_root_of_the_empty_tree(self):
        empty = hashing.EMPTY_ROOT
        for root, fine in ((empty, True), (bytes(32), False), (b"", False)):
            case = {"old_size": 0, "old_root": root, "size": 0, "root": root}
            assert passes(proofs.verify_consistency, [], **case) is fine

    def test_every_tree_begins_with_the_empty_one_without_a_proof(self):
        case = {"old_size": 0, "size": 3, "root": subtree(0, 3)}
        assert proofs.consistency(0, size=3, subtree=subtree) == []
        assert passes(proofs.verify_consistency, [], old_root=hashing.EMPTY_ROOT, **case)
        assert not passes(proofs.verify_consistency, [], old_root=bytes(32), **case)
        assert not passes(
            proofs.verify_consistency, [HASHES[0]], old_root=hashing.EMPTY_ROOT, **case
        )

    def test_two_hashes_cannot_pose_as_one(self):
        root = hashing.node_hash(HASHES[0], HASHES[1])
        case = {"old_size": 1, "old_root": b"", "size": 2, "root": root}
        assert not passes(proofs.verify_consistency, [HASHES[0] + HASHES[1]], **case)

    def test_one_size_has_one_root(self):
        case = {"old_size": 3, "size": 3, "old_root": subtree(0, 3)}
        assert passes(proofs.verify_consistency, [], root=subtree(0, 3), **case)
        assert not passes(proofs.verify_consistency, [], root=subtree(1, 4), **case)

    def test_a_tree_does_not_shrink(self):
        with pytest.raises(ValueError):
            proofs.consistency(4, size=3, subtree=subtree)
        case = {"old_size": 4, "size": 3, "old_root": subtree(0, 4), "root": subtree(0, 3)}
        assert not passes(proofs.verify_consistency, [], **case)
