"""Checkpoints and cosignatures: one spelling each, and nobody signs for another."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.tree import checkpoints, notes
from apps.audit.tree.checkpoints import Head
from apps.audit.tree.encoding import spelt
from apps.audit.tree.notes import COSIGNATURE, NoteInvalid, SigningKey

LOG = SigningKey.from_seed("log.example/one", b"1" * 32)
WITNESS = SigningKey.from_seed("witness.example", b"2" * 32, kind=COSIGNATURE)
ROOT = spelt(bytes(32))
HEAD = Head(LOG.name, 70_000, b"r" * 32)
NOTE = checkpoints.signed(HEAD, LOG)

# The request and the answer that C2SP tlog-witness shows.
EXAMPLE = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhc\
yv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/\
V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
"""
ANSWER = """\
— witness.example/w1 CMp+6LWBU0anHGH5aNDTJkH/gj79sG+T6+iP2ThYN5krrDJbR1HDnucjL39QsZTSvVjyQ\
Lrdk3DXDqI5G2HgLatVs0pWh6Up69HVOw==
— witness.example/w1 I7rEps0pvK2UqkS2gSpVUDhrhVtQV9lgF6pRrWAvjJHjyWpW7VcE3SiOlVlbQNt64vWhO\
+DlkL0+UfzuOBMh9ChdMkP1vi/lCAsmlw==
— witness.example/w2 AWui8Sk55XjYLOijihBjhqEH6nS1ndDymE0a+6idX7pLcnoB+dhnz0854aLZgrrKbYKA7\
nC3HNJhm/kWl7oJlqU3rXXvpysAdyP3wQ==
"""

lines = st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), min_size=1)
heads = st.builds(
    Head,
    origin=lines,
    size=st.integers(min_value=0, max_value=2**63 - 1),
    root=st.binary(min_size=32, max_size=32),
    extensions=st.lists(lines, max_size=3).map(tuple),
)


class TestHead:
    @given(heads)
    def test_the_text_says_the_head(self, head):
        assert checkpoints.parse(head.text) == head

    def test_it_is_three_lines(self):
        assert HEAD.text == f"log.example/one\n70000\n{spelt(b'r' * 32)}\n"

    def test_the_example_of_the_specification_is_read(self):
        head = checkpoints.parse(notes.parse(EXAMPLE).text)
        assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20852163)
        assert head.text == notes.parse(EXAMPLE).text

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "\n",
            f"log\n5\n{ROOT}",
            f"log\n5\n{ROOT}\n\n",
            f"log\n5\n{ROOT}\nextension\n\n",
            f"\n5\n{ROOT}\n",
            f"log\n{ROOT}\n",
            f"log\n05\n{ROOT}\n",
            f"log\n+5\n{ROOT}\n",
            f"log\n-5\n{ROOT}\n",
            f"log\n5 \n{ROOT}\n",
            f"log\n\u0665\n{ROOT}\n",
            f"log\n\n{ROOT}\n",
            f"log\n{2**63}\n{ROOT}\n",
            f"log\n{'9' * 5000}\n{ROOT}\n",
            "log\n5\nnot base64\n",
            f"log\n5\n{ROOT[:-1]}\n",
            f"log\n5\n{ROOT[:-2]}B=\n",
            f"log\n5\n{spelt(bytes(31))}\n",
            f"log\n5\n{spelt(bytes(33))}\n",
        ],
    )
    def test_any_other_spelling_is_refused(self, text):
        with pytest.raises(NoteInvalid):
            checkpoints.parse(text)


class TestSigned:
    def test_the_key_of_the_log_signs_and_verifies(self):
        assert checkpoints.verified(NOTE, LOG.verifying) == HEAD
        assert checkpoints.signed(HEAD, LOG) == NOTE

    def test_a_log_does_not_sign_for_another(self):
        with pytest.raises(ValueError):
            checkpoints.signed(Head("log.example/two", 1, bytes(32)), LOG)

    def test_the_checkpoint_of_another_log_is_refused(self):
        note = notes.sign(Head("log.example/two", 1, bytes(32)).text, LOG)
        with pytest.raises(NoteInvalid):
            checkpoints.verified(note, LOG.verifying)
        assert checkpoints.verified(note, LOG.verifying, origin="log.example/two").size == 1

    def test_the_checkpoint_of_another_key_is_refused(self):
        impostor = SigningKey.from_seed(LOG.name, b"3" * 32)
        with pytest.raises(NoteInvalid):
            checkpoints.verified(NOTE, impostor.verifying)


class TestCosignatures:
    @given(st.integers(min_value=1, max_value=2**63 - 1))
    def test_a_witness_says_when(self, at):
        line = checkpoints.cosignature_line(HEAD.text, key=WITNESS, at=at)
        (parsed,) = notes.parse_lines(line)
        assert checkpoints.cosigned_at(HEAD.text, parsed, key=WITNESS.verifying) == at

    def test_it_signs_what_the_specification_says(self):
        line = checkpoints.cosignature_line(HEAD.text, key=WITNESS, at=1679315147)
        (parsed,) = notes.parse_lines(line)
        message = b"cosignature/v1\ntime 1679315147\n" + HEAD.text.encode()
        assert parsed.signature[:8] == (1679315147).to_bytes(8, "big")
        public = Ed25519PublicKey.from_public_bytes(WITNESS.verifying.public)
        public.verify(parsed.signature[8:], message)

    @pytest.mark.parametrize("at", [0, -1, 2**63])
    def test_it_has_a_time(self, at):
        with pytest.raises(NoteInvalid):
            checkpoints.cosignature_line(HEAD.text, key=WITNESS, at=at)

    @given(st.integers(0, 72 * 8 - 1))
    def test_any_flipped_bit_is_refused(self, bit):
        line = checkpoints.cosignature_line(HEAD.text, key=WITNESS, at=1679315147)
        (parsed,) = notes.parse_lines(line)
        changed = bytearray(parsed.signature)
        changed[bit // 8] ^= 1 << bit % 8
        (forged,) = notes.parse_lines(WITNESS.line_of(bytes(changed)))
        with pytest.raises(NoteInvalid):
            checkpoints.cosigned_at(HEAD.text, forged, key=WITNESS.verifying)

    @pytest.mark.parametrize("length", [0, 1, 7, 8, 71, 73])
    def test_it_has_72_bytes(self, length):
        forged = notes.Line(WITNESS.name, WITNESS.verifying.id, b"\x01" * length, "")
        with pytest.raises(NoteInvalid):
            checkpoints.cosigned_at(HEAD.text, forged, key=WITNESS.verifying)

    def test_it_holds_for_one_head_and_one_witness(self):
        line = checkpoints.cosignature_line(HEAD.text, key=WITNESS, at=5)
        (parsed,) = notes.parse_lines(line)
        other = SigningKey.from_seed("witness.example/2", b"3" * 32, kind=COSIGNATURE)
        for text, key in (
            (Head(LOG.name, 70_001, b"r" * 32).text, WITNESS.verifying),
            (HEAD.text, other.verifying),
            (HEAD.text, LOG.verifying),
        ):
            with pytest.raises(NoteInvalid):
                checkpoints.cosigned_at(text, parsed, key=key)

    def test_a_log_s_own_line_says_no_time(self):
        (line,) = notes.parse(NOTE).lines
        with pytest.raises(NoteInvalid):
            checkpoints.cosigned_at(HEAD.text, line, key=LOG.verifying)

    def test_it_is_by_the_name_that_it_bears(self):
        renamed = SigningKey.from_seed("witness.example/2", b"2" * 32, kind=COSIGNATURE)
        (line,) = notes.parse_lines(checkpoints.cosignature_line(HEAD.text, key=WITNESS, at=5))
        with pytest.raises(NoteInvalid):
            checkpoints.cosigned_at(HEAD.text, line, key=renamed.verifying)

    def test_only_a_witness_cosigns_and_only_a_checkpoint(self):
        with pytest.raises(ValueError):
            checkpoints.cosignature_line(HEAD.text, key=LOG, at=5)
        with pytest.raises(NoteInvalid):
            checkpoints.cosignature_line("anything\n", key=WITNESS, at=5)
        with pytest.raises(ValueError):
            notes.sign(HEAD.text, WITNESS)


class TestWithLines:
    def test_the_note_then_carries_both(self):
        line = checkpoints.cosignature_line(HEAD.text, key=WITNESS, at=5)
        note = checkpoints.with_lines(NOTE, [line])
        assert note == NOTE + line
        assert checkpoints.verified(note, LOG.verifying) == HEAD
        assert len(notes.verified(note, LOG.verifying, WITNESS.verifying).lines) == 2

    def test_no_line_stands_twice(self):
        line = checkpoints.cosignature_line(HEAD.text, key=WITNESS, at=5)
        note = checkpoints.with_lines(NOTE, [line, line])
        assert checkpoints.with_lines(note, [line]) == note == NOTE + line
        assert checkpoints.with_lines(note, []) == note

    def test_the_answer_of_the_specification_is_added(self):
        note = checkpoints.with_lines(EXAMPLE, [ANSWER])
        assert [len(each.signature) for each in notes.parse(note).lines] == [64, 64, 72, 72, 72]

    @pytest.mark.parametrize(
        "line", ["\n", "x\n", "— a\n", "text\n\n— a AAAAAAAA\n", "— a AAAAAAAA", "— a AAAA\n"]
    )
    def test_what_is_no_line_is_refused(self, line):
        with pytest.raises(NoteInvalid):
            checkpoints.with_lines(NOTE, [line])
