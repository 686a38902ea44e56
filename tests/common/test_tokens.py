"""Tokens: random, and kept only as what they hash to."""

import hashlib

from apps.common import tokens


class TestNewToken:
    def test_it_begins_with_its_prefix_and_holds_256_random_bits(self):
        token, _ = tokens.new_token("pat")
        prefix, _, rest = token.partition("_")
        assert prefix == "pat"
        assert len(rest) == 43

    def test_it_is_another_one_each_time(self):
        assert len({tokens.new_token("src") for _ in range(100)}) == 100

    def test_it_comes_with_the_digest_to_keep(self):
        token, kept = tokens.new_token("src")
        assert kept == tokens.digest(token) == hashlib.sha256(token.encode()).digest()
        assert token.encode() not in kept


class TestDigest:
    def test_it_takes_whatever_a_client_sends(self):
        assert len(tokens.digest("\ud800 no token at all")) == 32
