"""The bytes of an entry: canonical, small, and free of personal values."""

import json
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.audit import leaves

codes = st.text(alphabet="abcXYZ019._:-", max_size=80).filter(
    lambda text: not text.startswith(("user:", "person:", "people:", "email:"))
)
digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
numbers = st.integers(min_value=0, max_value=2**53 - 1)
anything = st.builds(
    leaves.Leaf,
    act=codes.map(lambda text: text[:60]),
    actor_c=digests,
    dec=st.sampled_from(["allow", "deny", "cut"]),
    epoch=numbers,
    id=st.uuids().map(str),
    n=numbers,
    obj=codes,
    params_c=digests,
    req=codes,
    rule=codes,
    subject_c=digests,
    t=numbers,
)
parameters = st.dictionaries(
    st.from_regex(r"\A[a-z][a-z0-9_]{0,20}\Z"),
    st.one_of(st.text(), st.integers(min_value=-(2**63), max_value=2**63 - 1)),
    max_size=6,
)
nonces = st.binary(min_size=32, max_size=32)

LEAF = leaves.Leaf(
    act="board.viewed",
    actor_c="a" * 64,
    dec="allow",
    epoch=3,
    id="01a2010d-cd76-701b-8005-2cc22af14252",
    n=250,
    obj="board:tokens-30d",
    params_c="c" * 64,
    req="r-1",
    rule="view_board",
    subject_c="b" * 64,
    t=1795260000123,
)


class TestEntryBytes:
    def test_they_are_exactly_these(self):
        assert leaves.entry_bytes(LEAF) == (
            b'{"v":1,"act":"board.viewed","actor_c":"' + b"a" * 64 + b'","dec":"allow","epoch":3,'
            b'"id":"01a2010d-cd76-701b-8005-2cc22af14252","n":250,"obj":"board:tokens-30d",'
            b'"params_c":"' + b"c" * 64 + b'","req":"r-1","rule":"view_board",'
            b'"subject_c":"' + b"b" * 64 + b'","t":1795260000123}'
        )

    @given(anything)
    def test_they_are_read_back_to_the_same_leaf(self, leaf):
        assert leaves.read(leaves.entry_bytes(leaf)) == leaf

    @given(anything)
    def test_they_stay_under_a_kibibyte(self, leaf):
        assert len(leaves.entry_bytes(leaf)) < 1024

    @given(anything)
    def test_version_comes_first_and_the_other_members_by_name(self, leaf):
        names = list(json.loads(leaves.entry_bytes(leaf)))
        assert names[0] == "v"
        assert names[1:] == sorted(names[1:])

    @given(anything)
    def test_they_are_ascii_without_whitespace(self, leaf):
        entry = leaves.entry_bytes(leaf)
        assert entry.isascii()
        assert not any(byte in b" \t\r\n" for byte in entry)

    @pytest.mark.parametrize("text", ["dora@corp.example", "Dora Doe", "naïve", "a" * 81, 'x"y'])
    @pytest.mark.parametrize("member", ["act", "dec", "obj", "req", "rule"])
    def test_they_refuse_free_text(self, member, text):
        with pytest.raises(ValueError, match="codes and opaque ids"):
            leaves.entry_bytes(replace(LEAF, **{member: text}))

    @pytest.mark.parametrize("kind", ["user", "person", "people", "email"])
    def test_they_name_no_person(self, kind):
        with pytest.raises(ValueError, match="names no person"):
            leaves.entry_bytes(replace(LEAF, obj=f"{kind}:7"))


class TestRead:
    @given(anything, st.data())
    def test_it_refuses_bytes_with_one_more_space(self, leaf, data):
        entry = leaves.entry_bytes(leaf)
        place = data.draw(st.sampled_from([i for i, byte in enumerate(entry) if byte in b",:{"]))
        with pytest.raises(ValueError, match=r"canonical|codes"):
            leaves.read(entry[: place + 1] + b" " + entry[place + 1 :])

    def test_it_refuses_another_order_and_another_version(self):
        members = json.loads(leaves.entry_bytes(LEAF))
        swapped = {"v": members.pop("v"), "t": members.pop("t"), **members}
        with pytest.raises(ValueError, match="another order"):
            leaves.read(json.dumps(swapped, separators=(",", ":")).encode())
        with pytest.raises(ValueError, match="version 1"):
            leaves.read(leaves.entry_bytes(LEAF).replace(b'"v":1', b'"v":2'))


class TestClean:
    @given(st.text())
    def test_it_leaves_text_that_every_database_keeps(self, text):
        kept = leaves.clean(text)
        assert unicodedata.is_normalized("NFC", kept)
        assert "\x00" not in kept
        assert kept.encode().decode() == kept
        assert leaves.clean(kept) == kept

    def test_it_survives_a_lone_surrogate(self):
        assert leaves.clean("a\ud800b") == "a?b"

    @pytest.mark.parametrize("value", [1.5, True, None, ["x"]])
    def test_parameters_are_strings_and_integers(self, value):
        with pytest.raises(ValueError, match="strings and integers"):
            leaves.clean_parameters({"x": value})

    @pytest.mark.parametrize("name", ["", "Name", "a-b", "é", "1a"])
    def test_parameters_are_named_in_snake_case(self, name):
        with pytest.raises(ValueError, match="snake case"):
            leaves.clean_parameters({name: 1})


class TestCommitments:
    @given(nonces, parameters)
    def test_they_do_not_depend_on_the_order(self, nonce, values):
        kept = leaves.clean_parameters(values)
        backwards = dict(reversed(kept.items()))
        assert leaves.commit_parameters(nonce, kept) == leaves.commit_parameters(nonce, backwards)

    @given(nonces, nonces, st.text(max_size=40))
    def test_they_say_nothing_without_the_nonce(self, one, other, subject):
        same = leaves.commit_subject(one, subject) == leaves.commit_subject(other, subject)
        assert same == (one == other)

    @given(nonces)
    def test_they_tell_values_apart(self, nonce):
        said = [
            leaves.commit_subject(nonce, None),
            leaves.commit_subject(nonce, ""),
            leaves.commit_subject(nonce, "user:7"),
            leaves.commit_actor(nonce, "user:7", ""),
            leaves.commit_actor(nonce, "user:7", "admin"),
            leaves.commit_parameters(nonce, {}),
            leaves.commit_parameters(nonce, {"n": 1}),
            leaves.commit_parameters(nonce, {"n": "1"}),
        ]
        assert len(set(said)) == len(said)

    def test_it_is_hmac_over_canonical_json(self):
        # printf '"user:7"' | openssl dgst -sha256 -mac HMAC -macopt hexkey:00..00
        assert leaves.commit_subject(bytes(32), "user:7") == (
            "b0a91ed4c9901bcc1d5d652b1aea13b3909cafba065f05d9a196ff61c86e3c5d"
        )

    def test_a_short_nonce_is_refused(self):
        with pytest.raises(ValueError, match="32 bytes"):
            leaves.commit_subject(b"short", "user:7")
