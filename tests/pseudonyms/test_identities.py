"""Identities are compared in one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.pseudonyms.identities import EmptyIdentity, Identity, Kind, reported


class TestNormalised:
    @pytest.mark.parametrize(
        ("kind", "value", "normal"),
        [
            (Kind.EMAIL, " Ada@Corp.Example ", "ada@corp.example"),
            (Kind.EMAIL, "\uff41da@corp.example", "ada@corp.example"),
            (Kind.EMAIL, "STRASSE@corp.example", "strasse@corp.example"),
            (Kind.EMAIL, "straße@corp.example", "strasse@corp.example"),
            (Kind.LOGIN, "Ada", "ada"),
            (Kind.ACCOUNT_ID, " aBc ", "aBc"),
            (Kind.INSTALLATION_ID, "\uff21BC", "ABC"),
        ],
    )
    def test_it_folds_what_tools_write_differently(self, kind, value, normal):
        assert Identity(kind, value).normalised == normal

    @pytest.mark.parametrize("value", ["", "  ", "\u00a0"])
    def test_it_refuses_an_empty_one(self, value):
        with pytest.raises(EmptyIdentity):
            _ = Identity(Kind.EMAIL, value).normalised

    @given(st.sampled_from(Kind), st.text(min_size=1))
    def test_doing_it_twice_changes_nothing(self, kind, value):
        try:
            once = Identity(kind, value).normalised
        except EmptyIdentity:
            return
        assert Identity(kind, once).normalised == once


class TestReported:
    def test_an_address_is_an_address_and_anything_else_a_login(self):
        assert reported("a@corp.example").kind is Kind.EMAIL
        assert reported("build-bot").kind is Kind.LOGIN
