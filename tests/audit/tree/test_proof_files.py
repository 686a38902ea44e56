"""Proof files: the example of the specification, and all that a file must not be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.tree import checkpoints, hashing, proof_files
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.encoding import spelt
from apps.audit.tree.notes import NoteInvalid, SigningKey
from apps.audit.tree.proof_files import ProofFile, ProofFileInvalid
from apps.audit.tree.proofs import ProofFailed

LOG = SigningKey.from_seed("log.example", b"1" * 32)
A, B = hashing.leaf_hash(b"a"), hashing.leaf_hash(b"b")
CHECKPOINT = checkpoints.signed(Head(LOG.name, 2, hashing.node_hash(A, B)), LOG)
PROOF = ProofFile(index=1, hashes=(A,), checkpoint=CHECKPOINT)

# The example of C2SP tlog-proof; it leaves the signatures out, so they are made up here.
SIGNATURE = spelt(bytes(68))
EXAMPLE = f"""\
c2sp.org/tlog-proof@v1
extra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6kYXJ3aW4tYXJ
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=
EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=
RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=
AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=

example.com/fancylog
109482
sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=

— example.com/fancylog {SIGNATURE}
— witness1.example {SIGNATURE}
"""
HEAD, INDEX = "c2sp.org/tlog-proof@v1\n", "index 1\n"
REST = f"{spelt(A)}\n\n{CHECKPOINT}"


class TestParse:
    @given(
        st.builds(
            ProofFile,
            index=st.integers(0, 2**63 - 1),
            hashes=st.lists(st.binary(min_size=32, max_size=32), max_size=63).map(tuple),
            checkpoint=st.just(CHECKPOINT),
            extra=st.one_of(st.none(), st.binary()),
        )
    )
    def test_the_text_says_the_proof(self, proof):
        assert proof_files.parse(proof.text) == proof

    def test_the_example_of_the_specification_is_read(self):
        proof = proof_files.parse(EXAMPLE)
        assert (proof.index, len(proof.hashes)) == (73894, 5)
        assert proof.extra and proof.extra.startswith(b"age-v1.2.1-darwin-arm64.tar.gz")
        assert proof.text == EXAMPLE

    def test_the_text_is_exactly_this(self):
        assert PROOF.text == HEAD + INDEX + REST

    @pytest.mark.parametrize(
        "text",
        [
            "",
            HEAD,
            HEAD + INDEX,
            f"c2sp.org/tlog-proof@v2\n{INDEX}{REST}",
            f"\n{HEAD}{INDEX}{REST}",
            HEAD + REST,
            f"{HEAD}index 01\n{REST}",
            f"{HEAD}index -1\n{REST}",
            f"{HEAD}index  1\n{REST}",
            f"{HEAD}index {2**63}\n{REST}",
            f"{HEAD}{INDEX}{INDEX}{REST}",
            f"{HEAD}{INDEX}extra AAAA\n{REST}",
            f"{HEAD}extra AAAA\nextra AAAA\n{INDEX}{REST}",
            f"{HEAD}extra ?\n{INDEX}{REST}",
            f"{HEAD}extra AAAA\n",
            f"{HEAD}{INDEX}{spelt(bytes(31))}\n{REST}",
            f"{HEAD}{INDEX}{spelt(A)} \n{REST}",
            f"{HEAD}{INDEX}" + f"{spelt(A)}\n" * 63 + REST,
            f"{HEAD}{INDEX}{REST}".replace("\n", "\r\n"),
            f"{HEAD}{INDEX}{REST}\n",
            f"{HEAD}{INDEX}{REST}"[:-1],
            f"{HEAD}{INDEX}\n\n{CHECKPOINT}",
        ],
    )
    def test_any_other_spelling_is_refused(self, text):
        with pytest.raises(ProofFileInvalid):
            proof_files.parse(text)


class TestVerify:
    def test_the_head_is_what_the_entry_is_proved_to_lie_in(self):
        assert PROOF.verify(leaf=B, key=LOG.verifying).size == 2

    def test_another_entry_is_refused(self):
        with pytest.raises(ProofFailed):
            PROOF.verify(leaf=A, key=LOG.verifying)

    def test_another_key_is_refused(self):
        impostor = SigningKey.from_seed(LOG.name, b"2" * 32).verifying
        with pytest.raises(NoteInvalid):
            PROOF.verify(leaf=B, key=impostor)

    def test_another_index_is_refused(self):
        moved = ProofFile(index=0, hashes=(A,), checkpoint=CHECKPOINT)
        with pytest.raises(ProofFailed):
            moved.verify(leaf=B, key=LOG.verifying)
