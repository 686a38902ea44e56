"""Signed notes: what the public vectors say, and every way to spell one wrongly."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.tree import notes
from apps.audit.tree.encoding import spelt
from apps.audit.tree.notes import COSIGNATURE, NoteInvalid, SigningKey, VerifyingKey
from tests.audit.tree import naive

KEY = SigningKey.from_seed("log.example/one", b"1" * 32)
OTHER = SigningKey.from_seed("log.example/two", b"2" * 32)
TEXT = "one line\n\nand another\n"
NOTE = notes.sign(TEXT, KEY)
LINE = notes.parse(NOTE).lines[0].text

texts = (
    st.lists(st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"])), min_size=1)
    .map("\n".join)
    .map(lambda text: f"{text}\n")
)


def line(name: str = KEY.name, data: bytes = bytes(68)) -> str:
    return f"— {name} {spelt(data)}\n"


class TestTheVectors:
    def test_all_20_notes_are_judged_as_they_should_be(self):
        (found,) = naive.vectors("signed-notes.json")
        assert len(found["vectors"]) == 20
        for vector in found["vectors"]:
            keys = [VerifyingKey.parse(each) for each in vector["vkeys"]]
            assert [key.vkey for key in keys] == vector["vkeys"]
            try:
                verified = notes.verified(vector["note"], *keys)
            except NoteInvalid:
                assert vector["expect"] == "invalid", vector["desc"]
            else:
                assert vector["expect"] == "valid", vector["desc"]
                assert len(verified.lines) == len(keys)

    def test_the_example_of_the_specification_verifies(self):
        key = VerifyingKey.parse(
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
        )
        signature = (
            "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1E"
            "RYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM="
        )
        text = "This is an example message.\n"
        assert notes.verified(f"{text}\n— example.com/foo {signature}\n", key).text == text


class TestParse:
    @given(texts)
    def test_the_text_comes_back_whatever_it_is(self, text):
        note = notes.sign(text, KEY, OTHER)
        parsed = notes.parse(note)
        assert parsed.text == text
        assert notes.joined(parsed.text, parsed.lines) == note
        assert notes.parse(note.encode()) == parsed
        assert notes.verified(note, KEY.verifying, OTHER.verifying) == parsed

    def test_the_last_empty_line_ends_the_text(self):
        inner = notes.sign("inner\n", OTHER)
        assert notes.parse(notes.sign(inner, KEY)).text == inner

    def test_other_ends_of_lines_are_text(self):
        text = "a\u2028b\x85c\x7f\n"
        assert notes.parse(notes.sign(text, KEY)).text == text

    @pytest.mark.parametrize(
        "note",
        [
            "",
            "\n",
            TEXT,
            f"{TEXT}\n",
            f"{TEXT}\n{LINE}\n",
            f"{TEXT}\n{LINE}"[:-1],
            f"{TEXT}{LINE}",
            f"{TEXT}\n{LINE}not a signature\n",
            f"a\tb\n\n{LINE}",
            f"a\rb\n\n{LINE}",
            f"a\x00b\n\n{LINE}",
            f"a\ud800b\n\n{LINE}",
            f"{TEXT}\n{LINE}".encode() + b"\xff\n",
            f"{TEXT}\n{LINE}".encode("utf-16"),
            f"{TEXT}\n{LINE[1:]}",
            f"{TEXT}\n{LINE.replace('—', '-')}",
            f"{TEXT}\n{LINE.replace('—', '—' * 2)}",
            f"{TEXT}\n {LINE}",
            f"{TEXT}\n{LINE[:-1]} \n",
            f"{TEXT}\n{LINE.replace('— ', '—  ')}",
            f"{TEXT}\n{line('')}",
            f"{TEXT}\n{line('a+b')}",
            f"{TEXT}\n" + line("a\u2003b"),
            f"{TEXT}\n" + line("a\u00a0b"),
            f"{TEXT}\n{line(data=bytes(4))}",
            f"{TEXT}\n— {KEY.name}\n",
            f"{TEXT}\n— {KEY.name} AAAA AAAA\n",
            f"{TEXT}\n— {KEY.name} AAAAAAAA=\n",
            f"{TEXT}\n— {KEY.name} AAAAAAA\n",
            f"{TEXT}\n— {KEY.name} AAAAAA_-\n",
            f"{TEXT}\n— {KEY.name} AAAAAAB=\n",
            "a" * notes.MAX_BYTES + f"\n\n{LINE}",
            f"{TEXT}\n" + LINE * 101,
        ],
    )
    def test_a_malformed_note_is_refused(self, note):
        with pytest.raises(NoteInvalid):
            notes.parse(note)

    def test_a_hundred_signatures_are_read(self):
        others = "".join(line(f"log.example/{number}") for number in range(99))
        assert len(notes.verified(NOTE + others, KEY.verifying).lines) == 1
        assert len(notes.parse(NOTE + others).lines) == 100


class TestVerified:
    def test_lines_of_unknown_keys_are_ignored_and_left_out(self):
        note = notes.sign(TEXT, OTHER, KEY) + line("unknown.example")
        verified = notes.verified(note, KEY.verifying)
        assert [each.name for each in verified.lines] == [KEY.name]

    def test_the_same_name_or_the_same_id_alone_is_an_unknown_key(self):
        same_name = line(KEY.name, OTHER.verifying.id + bytes(64))
        same_id = line(OTHER.name, KEY.verifying.id + bytes(64))
        assert notes.verified(NOTE + same_name + same_id, KEY.verifying).text == TEXT
        with pytest.raises(NoteInvalid):
            notes.verified(f"{TEXT}\n{same_name}{same_id}", KEY.verifying)

    def test_a_bad_line_of_a_known_key_spoils_a_good_one(self):
        bad = line(KEY.name, KEY.verifying.id + bytes(64))
        for note in (NOTE + bad, f"{TEXT}\n{bad}{LINE}"):
            with pytest.raises(NoteInvalid):
                notes.verified(note, KEY.verifying)
        with pytest.raises(NoteInvalid):
            notes.verified(notes.sign(TEXT, OTHER) + bad, OTHER.verifying, KEY.verifying)

    @pytest.mark.parametrize("length", [1, 63, 65])
    def test_a_signature_has_64_bytes(self, length):
        with pytest.raises(NoteInvalid):
            notes.verified(
                f"{TEXT}\n{line(KEY.name, KEY.verifying.id + bytes(length))}", KEY.verifying
            )

    def test_no_key_no_note(self):
        with pytest.raises(NoteInvalid):
            notes.verified(NOTE)
        with pytest.raises(NoteInvalid):
            notes.verified(NOTE, OTHER.verifying)
        with pytest.raises(ValueError):
            notes.sign(TEXT)

    @given(st.data())
    def test_any_flipped_bit_is_refused(self, data):
        changed = bytearray(NOTE.encode())
        bit = data.draw(st.integers(0, len(changed) * 8 - 1))
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(NoteInvalid):
            notes.verified(bytes(changed), KEY.verifying)

    @pytest.mark.parametrize("text", ["", "no newline", "a\tb\n", "a\ud800\n"])
    def test_what_cannot_be_a_text_is_not_signed(self, text):
        with pytest.raises(NoteInvalid):
            notes.sign(text, KEY)


class TestVerifyingKey:
    @given(st.binary(min_size=32, max_size=32), st.sampled_from([notes.ED25519, COSIGNATURE]))
    def test_the_vkey_says_the_key(self, seed, kind):
        key = SigningKey.from_seed("log.example", seed, kind=kind).verifying
        assert VerifyingKey.parse(key.vkey) == key

    def test_each_type_has_an_id_of_its_own(self):
        witness = SigningKey.from_seed(KEY.name, b"1" * 32, kind=COSIGNATURE)
        assert witness.verifying.public == KEY.verifying.public
        assert witness.verifying.id != KEY.verifying.id

    @pytest.mark.parametrize(
        "vkey",
        [
            "",
            "log.example",
            "log.example+00000000",
            "log.example+00000000+",
            KEY.verifying.vkey.replace("one", "two"),
            KEY.verifying.vkey.upper(),
            KEY.verifying.vkey + "\n",
            KEY.verifying.vkey[:-4],
            VerifyingKey.parse(KEY.verifying.vkey).vkey.replace("+", " ", 1),
            "log.example+530d903a+" + spelt(b"\x06" + bytes(1312)),
            "log.example+530d903a+" + spelt(b"\x02" + bytes(32)),
        ],
    )
    def test_a_malformed_or_unknown_vkey_is_refused(self, vkey):
        with pytest.raises(NoteInvalid):
            VerifyingKey.parse(vkey)

    @pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u00a0b", "a\nb", "a\x01b"])
    def test_a_name_has_no_spaces_and_plus_signs(self, name):
        with pytest.raises(NoteInvalid):
            SigningKey.from_seed(name, b"1" * 32)

    @pytest.mark.parametrize(
        "public",
        [
            "01" + "00" * 31,
            "01" + "00" * 30 + "80",
            "00" * 32,
            "00" * 31 + "80",
            "ec" + "ff" * 30 + "7f",
            "ee" + "ff" * 31,
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        ],
    )
    def test_a_key_that_anyone_can_sign_for_is_refused(self, public):
        with pytest.raises(NoteInvalid):
            VerifyingKey("log.example", notes.ED25519, bytes.fromhex(public))

    def test_a_signing_key_shows_nothing_of_itself(self):
        seed = b"a very secret seed of 32 bytes.."
        key = SigningKey.from_seed("log.example", seed)
        assert "secret" not in f"{key!r}{key}"
        assert seed.hex() not in f"{key!r}{key}"
