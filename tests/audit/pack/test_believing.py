"""Whom the verifier believes: keys, witnesses and older heads, and who is told apart."""

import pytest

from apps.audit import queries
from apps.audit.keys import log_key
from apps.audit.tree import checkpoints, notes
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.notes import SigningKey
from tests.audit.pack.conftest import checked

pytestmark = pytest.mark.django_db
WITNESSES = [
    SigningKey.from_seed(f"w{number}.example", bytes([number]) * 32, kind=notes.COSIGNATURE)
    for number in range(3)
]


@pytest.fixture
def pack(write, export):
    write(300)
    return export("pack", "--proofs", "3")


@pytest.fixture
def policy(tmp_path):
    """Return a function that writes a policy which asks for so many of three witnesses."""

    def of(need):
        keys = [f"witness w{n} {each.verifying.vkey}\n" for n, each in enumerate(WITNESSES)]
        path = tmp_path / "policy"
        path.write_text("# ours\n" + "".join(keys) + f"group g {need} w0 w1 w2\nquorum g\n")
        return path

    return of


def cosign(pack, *witnesses, change=""):
    path = pack / "checkpoint"
    text = notes.parse(path.read_text()).text
    lines = [
        checkpoints.cosignature_line(text + change, key=each, at=1_800_000_000)
        for each in witnesses
    ]
    path.write_text(checkpoints.with_lines(path.read_text(), lines))


def faults(pack, *options):
    report = checked(pack, "--vkey", (pack / "log.vkey").read_text(), *options)
    return [each["what"] for each in report.faults]


class TestWitnesses:
    def test_enough_of_them_are_asked_for(self, pack, policy):
        cosign(pack, *WITNESSES[:2])
        assert faults(pack, "--policy", policy(2)) == []
        assert faults(pack, "--policy", policy(3)) == [
            "lacks cosignatures that the policy asks for"
        ]

    def test_a_line_of_a_known_witness_has_to_verify(self, pack, policy):
        cosign(pack, *WITNESSES[:2], change="extension\n")
        assert faults(pack, "--policy", policy(1)) == ["the signature of w0.example is wrong"]

    def test_lines_of_others_are_ignored(self, pack, policy):
        other = SigningKey.from_seed("else.example", b"e" * 32, kind=notes.COSIGNATURE)
        cosign(pack, WITNESSES[0], other)
        assert faults(pack, "--policy", policy(1)) == []

    @pytest.mark.parametrize(
        "text", ["", "quorum w1\n", "quorum none\nquorum none\n", "witness a b\nquorum a\n", "x\n"]
    )
    def test_a_policy_that_is_not_clear_is_refused(self, pack, tmp_path, text):
        path = tmp_path / "policy"
        path.write_text(text)
        assert len(faults(pack, "--policy", path)) == 1


class TestOlderHeads:
    def test_one_of_another_history_is_found(self, pack, tmp_path):
        origin = queries.current_origin().name
        path = tmp_path / "older"
        for size, root in ((100, b"\1" * 32), (5_000, b"\1" * 32)):
            path.write_text(checkpoints.signed(Head(origin, size, root), log_key(origin)))
            assert faults(pack, "--older", path) == [
                f"is not of this log: the first {size} entries differ"
            ]

    def test_each_size_has_its_root(self, pack, tmp_path):
        from apps.audit import storage

        origin = queries.current_origin()
        tree = storage.StoredTree(origin.number, size=301)
        path = tmp_path / "older"
        for size in (0, 1, 2, 255, 256, 257, 300, 301):
            head = Head(origin.name, size, tree.subtree(0, size))
            path.write_text(checkpoints.signed(head, log_key(origin.name)))
            assert faults(pack, "--older", path) == []

    def test_one_of_another_log_is_refused(self, pack, tmp_path):
        other = SigningKey.from_seed("else.example/audit", b"e" * 32)
        path = tmp_path / "older"
        path.write_text(checkpoints.signed(Head(other.name, 1, b"\1" * 32), other))
        assert "is not signed by" in faults(pack, "--older", path)[0]


class TestOddPacks:
    def test_what_is_no_pack_is_told(self, tmp_path):
        path = tmp_path / "pack.zip"
        path.write_bytes(b"no zip")
        assert faults_of(path) == ["is damaged in the ZIP"]
        path.unlink()
        path.mkdir()
        assert faults_of(path) == ["is missing"]

    def test_a_head_without_its_key_ends_the_check(self, pack):
        (pack / "log.vkey").unlink()
        assert "cannot be checked: no key of the log is known" in faults_of(pack)


def faults_of(pack):
    from tests.audit.pack.conftest import verified

    status, found = verified(pack)
    assert status == 1
    return [each["what"] for each in found["faults"]]
