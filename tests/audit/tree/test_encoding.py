"""Decimals and base64: one spelling each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.tree import encoding


class TestDecimals:
    @given(st.integers(min_value=0, max_value=2**63 - 1))
    def test_a_number_is_read_as_it_is_written(self, number):
        assert encoding.decimal_of(str(number)) == number

    @pytest.mark.parametrize(
        "text", ["", "00", "01", "+1", "-1", " 1", "1\n", "1_0", "\u0661", str(2**63), "9" * 5000]
    )
    def test_any_other_spelling_is_refused(self, text):
        with pytest.raises(ValueError):
            encoding.decimal_of(text)


class TestBase64:
    @given(st.binary(max_size=100))
    def test_bytes_are_read_as_they_are_written(self, data):
        assert encoding.base64_of(encoding.spelt(data)) == data

    @pytest.mark.parametrize(
        "text", ["A", "AA", "AA=", "AB==", "AA==\n", "AA==AA==", "A A=", "AA-_", "AA\u0661="]
    )
    def test_any_other_spelling_is_refused(self, text):
        with pytest.raises(ValueError):
            encoding.base64_of(text)
