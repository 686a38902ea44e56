"""What a witness decides, by the table of C2SP tlog-witness."""

import pytest

from apps.audit.tree import checkpoints, notes
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.notes import COSIGNATURE, SigningKey
from apps.audit.witness import protocol
from apps.audit.witness.protocol import Refusal, Submission
from apps.audit.witness.store import Store
from apps.audit.witness.watching import Witness
from tests.audit.witness.growing import KEY, ORIGIN, GrowingLog

WITNESS = SigningKey.from_seed("witness.audit.example", b"W" * 32, kind=COSIGNATURE)
STRANGER = SigningKey.from_seed(ORIGIN, b"S" * 32)
AT = 1_800_000_000
log = GrowingLog()
HASH = "KgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="


@pytest.fixture
def witness(tmp_path):
    store = Store(tmp_path / "witness.sqlite3")
    yield Witness(WITNESS, store, {ORIGIN: [KEY.verifying]})
    store.close()


def refusal(witness, body):
    """Return the refusal that the body meets; nothing that was refused may be remembered."""
    before = witness.store.newest(ORIGIN)
    with pytest.raises(Refusal) as caught:
        witness.add_checkpoint(body, at=AT)
    assert witness.store.newest(ORIGIN) == before
    return caught.value


def status(witness, body):
    return refusal(witness, body).status


class TestSigning:
    def test_it_signs_what_grows(self, witness):
        for old, size in [(0, 5), (5, 8), (8, 8), (8, 300)]:
            line = witness.add_checkpoint(log.body(old, size), at=AT)
            note = notes.parse(checkpoints.with_lines(log.note(size), [line]))
            cosignature = note.lines[1]
            assert checkpoints.cosigned_at(note.text, cosignature, key=WITNESS.verifying) == AT

    def test_it_serves_the_log_s_line_and_its_own_but_no_other(self, witness):
        stranger = STRANGER.line(notes.parse(log.note(5)).text)
        body = Submission(0, (), checkpoints.with_lines(log.note(5), [stranger])).body
        line = witness.add_checkpoint(body, at=AT)
        assert witness.store.newest(ORIGIN).note == checkpoints.with_lines(log.note(5), [line])

    def test_an_empty_tree_may_be_the_first_and_the_second(self, witness):
        assert witness.add_checkpoint(log.body(0, 0), at=AT)
        assert witness.add_checkpoint(log.body(0, 0), at=AT)
        assert witness.add_checkpoint(log.body(0, 5), at=AT)
        assert witness.store.newest(ORIGIN).size == 5

    def test_a_second_key_of_the_log_counts_as_well(self, witness, tmp_path):
        both = {ORIGIN: [KEY.verifying, STRANGER.verifying]}
        rotated = Witness(WITNESS, witness.store, both)
        assert rotated.add_checkpoint(GrowingLog(key=STRANGER).body(0, 5), at=AT)

    def test_lines_that_only_the_log_wrote_are_signed_along(self, witness):
        head = Head(ORIGIN, 5, log.root(5), extensions=("an extension",))
        note = notes.sign(head.text, KEY)
        line = witness.add_checkpoint(Submission(0, (), note).body, at=AT)
        cosignature = notes.parse_lines(line)[0]
        assert checkpoints.cosigned_at(head.text, cosignature, key=WITNESS.verifying) == AT


class TestRefusing:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"\xff",
            b"old 0",
            b"old 0\n\n",
            b"old 00\n\n" + log.note(5).encode(),
            b"old +0\n\n" + log.note(5).encode(),
            b"old -1\n\n" + log.note(5).encode(),
            b"old  0\n\n" + log.note(5).encode(),
            b"new 0\n\n" + log.note(5).encode(),
            b"old 0\r\n\n" + log.note(5).encode(),
            b"old 1\nAAAA\n\n" + log.note(5).encode(),
            b"old 1\nno base64\n\n" + log.note(5).encode(),
            b"old 1\n" + f"{HASH}\n".encode() * 64 + b"\n" + log.note(5).encode(),
            b"old 0\n\n" + log.note(5).encode().rstrip(b"\n"),
            b"old 0\n\n" + log.note(5).encode().replace(b"\n5\n", b"\n05\n"),
            b"old 0\n\n" + notes.sign(f"{ORIGIN}\n5\n", KEY).encode(),
            b"old 0\n\n" + notes.sign(f"{ORIGIN}\n{2**63}\n{HASH}\n", KEY).encode(),
            log.body(0, 5).replace(b"old 0", b"old 6"),
        ],
    )
    def test_400_for_what_is_malformed_or_proves_from_beyond(self, witness, body):
        assert status(witness, body) == 400

    def test_404_for_an_origin_that_is_not_watched(self, witness):
        other = SigningKey.from_seed("other.example", b"L" * 32)
        assert status(witness, GrowingLog(key=other, origin="other.example").body(0, 5)) == 404

    def test_403_without_a_line_of_the_log_or_with_a_bad_one(self, witness):
        assert status(witness, GrowingLog(key=STRANGER).body(0, 5)) == 403
        forged = KEY.line(notes.parse(log.note(6)).text)
        for lines in ([forged], [KEY.line(notes.parse(log.note(5)).text), forged]):
            text = notes.parse(log.note(5)).text
            body = Submission(0, (), f"{text}\n{''.join(lines)}").body
            assert status(witness, body) == 403

    def test_the_vouching_is_checked_before_anything_is_told(self, witness):
        witness.add_checkpoint(log.body(0, 8), at=AT)
        assert status(witness, GrowingLog(key=STRANGER).body(5, 9)) == 403

    @pytest.mark.parametrize(("old", "size"), [(0, 9), (5, 9), (7, 8), (9, 9)])
    def test_409_names_the_size_that_was_signed_last(self, witness, old, size):
        witness.add_checkpoint(log.body(0, 8), at=AT)
        answer = refusal(witness, log.body(old, size))
        assert (answer.status, answer.text) == (409, "8\n")
        assert answer.content_type == "text/x.tlog.size"

    def test_409_names_zero_where_nothing_was_signed(self, witness):
        answer = refusal(witness, log.body(5, 9))
        assert (answer.status, answer.text) == (409, "0\n")

    def test_422_for_a_proof_that_does_not_hold(self, witness):
        witness.add_checkpoint(log.body(0, 5), at=AT)
        good = log.proof(5, 9)
        flipped = bytes([good[0][0] ^ 1]) + good[0][1:]
        for proof in [(), good[:-1], (*good, good[0]), good[::-1], (flipped, *good[1:])]:
            assert status(witness, Submission(5, proof, log.note(9)).body) == 422

    def test_422_for_a_log_that_forked(self, witness):
        witness.add_checkpoint(log.body(0, 8), at=AT)
        fork = GrowingLog(fork=6)
        assert fork.note(6) == log.note(6)
        assert status(witness, fork.body(8, 12)) == 422
        assert status(witness, fork.body(8, 8)) == 422

    def test_422_for_an_empty_tree_with_another_root(self, witness):
        note = checkpoints.signed(Head(ORIGIN, 0, b"r" * 32), KEY)
        assert status(witness, Submission(0, (), note).body) == 422

    def test_422_for_a_proof_where_nothing_is_to_be_proved(self, witness):
        assert status(witness, Submission(0, (b"h" * 32,), log.note(5)).body) == 422
        witness.add_checkpoint(log.body(0, 5), at=AT)
        assert status(witness, Submission(5, (b"h" * 32,), log.note(5)).body) == 422


class TestTheWords:
    def test_the_body_has_the_form_of_the_specification(self):
        proof = log.proof(5, 9)
        asked = Submission(5, proof, log.note(9))
        lines = asked.body.decode().split("\n")
        assert lines[0] == "old 5"
        assert lines[1 + len(proof)] == ""
        assert "\n".join(lines[2 + len(proof) :]) == log.note(9)
        assert protocol.submission(asked.body) == asked

    @pytest.mark.parametrize("body", [b"", b"-1\n", b"07\n", b"7\n\n", b"many", b"\xd9\xa7"])
    def test_a_size_that_is_none_is_refused(self, body):
        with pytest.raises(ValueError):
            protocol.size_in(body)

    def test_a_size_is_read_with_its_newline_or_without(self):
        assert protocol.size_in(b"7\n") == protocol.size_in(b"7") == 7
