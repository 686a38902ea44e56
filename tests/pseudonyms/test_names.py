"""Names: friendly, two words and six digits, the same for ever."""

import hashlib
import hmac
import re

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st

from apps.pseudonyms import names
from apps.pseudonyms.encoding import enc
from apps.pseudonyms.words import WORDS

keys = st.binary(min_size=32, max_size=32)
SHAPE = re.compile(r"([a-z]+)-([a-z]+)-([0-9A-HJKMNP-TV-Z]{6})")


class TestWords:
    def test_the_list_is_the_one_that_published_names_were_made_from(self):
        listed = "\n".join(WORDS).encode()
        assert hashlib.sha256(listed).hexdigest() == (
            "a2a1f7b36fd2bc0ae678458f22161ab2e77c9c6c2b79793f0eb0e4dde69acc7d"
        )

    def test_there_are_2048_different_ones(self):
        assert len(set(WORDS)) == len(WORDS) == 2048

    def test_nobody_is_called_by_an_unkind_one(self):
        unkind = """
            abandon abuse addict adult alcohol angry assault awful awkward blood bomb boring boy
            bullet cancel cannon casino crime cruel damage danger death dirt disease disorder
            divorce dumb evil fat fatal garbage girl guilt gun hard horror hurt idle ill inmate
            insane knife lady lazy liar lonely mad man misery naive nasty obscure old orphan panic
            pistol poor poverty prison rifle sad shove sick silly slave slow stupid stumble suffer
            toilet trash ugly useless victim virus war weapon widow woman wrong
        """
        assert not set(unkind.split()) & set(WORDS)

    def test_nobody_is_called_by_a_tier(self):
        assert not {"jade", "gold", "silver", "bronze"} & set(WORDS)


class TestNameOf:
    @given(keys, keys)
    def test_it_is_two_words_and_six_digits(self, secret, key):
        first, second, _ = SHAPE.fullmatch(names.name_of(secret, key=key)).groups()
        assert {first, second} <= set(WORDS)

    @given(keys, keys)
    def test_it_holds_the_first_52_bits_of_the_keyed_digest(self, secret, key):
        first, second, tail = SHAPE.fullmatch(names.name_of(secret, key=key)).groups()
        bits = f"{WORDS.index(first):011b}{WORDS.index(second):011b}"
        bits += "".join(f"{'0123456789ABCDEFGHJKMNPQRSTVWXYZ'.index(one):05b}" for one in tail)
        digest = hmac.digest(key, secret, "sha256")
        assert f"{int.from_bytes(digest):0256b}".startswith(bits)
        assert len(bits) == 52

    def test_a_name_that_was_given_once_can_be_made_again(self):
        key = names.naming_key(bytes(range(32)), audience="board:tokens", viewer=7)
        secret = names.subject_secret(bytes(range(32, 64)))
        assert names.name_of(secret, key=key) == "advice-situate-HAC09M"

    @given(keys, keys, keys)
    def test_another_secret_gets_another_name(self, one, other, key):
        same = names.name_of(one, key=key) == names.name_of(other, key=key)
        assert same == (one == other)


class TestNamingKey:
    @given(keys, st.integers(1, 10**9), st.integers(1, 10**9))
    def test_it_differs_between_viewers(self, release, one, other):
        keys = {names.naming_key(release, audience="board", viewer=each) for each in (one, other)}
        assert len(keys) == len({one, other})

    def test_it_differs_between_audiences_and_releases(self):
        made = {
            names.naming_key(bytes([release]) * 32, audience=audience, viewer=1)
            for release in (1, 2)
            for audience in ("board", "export")
        }
        assert len(made) == 4


class TestSubjectSecret:
    @given(keys)
    def test_it_is_hkdf_expand_of_the_subject_key(self, key):
        expand = HKDFExpand(algorithm=SHA256(), length=32, info=enc("pn-subject/v1"))
        assert names.subject_secret(key) == expand.derive(key)
