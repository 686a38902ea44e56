import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.web import figures

UNITS = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


class TestShort:
    @pytest.mark.parametrize(
        ("number", "text"),
        [
            (0, "0"),
            (999, "999"),
            (1000, "1K"),
            (12_345, "12.3K"),
            (999_999, "999K"),
            (1_050_000, "1.05M"),
            (281_000_000_000, "281B"),
            (60_000_000_000_000, "60T"),
            (1_234_000_000_000_000, "1234T"),
        ],
    )
    def test_it_reads_in_three_digits(self, number, text):
        assert figures.short(number) == text

    @given(st.integers(min_value=0, max_value=10**15))
    def test_it_never_says_more_than_there_is(self, number):
        text = figures.short(number)
        said = float(text[:-1]) * UNITS[text[-1]] if text[-1] in UNITS else float(text)
        assert said <= number * 1.000001
        assert said >= number * 0.99


class TestMoney:
    @pytest.mark.parametrize(
        ("micros", "text"),
        [
            (0, "$0.00"),
            (1, "under $0.01"),
            (34_003_789, "$34.00"),
            (34_006_000, "$34.01"),
            (1_234_567_890_000, "$1,234,567.89"),
        ],
    )
    def test_what_costs_something_never_reads_as_nothing(self, micros, text):
        assert figures.dollars(micros) == text

    def test_large_sums_are_short(self):
        assert figures.short_dollars(12_300_000_000) == "$12.3K"
        assert figures.short_dollars(999_000_000) == "$999.00"


class TestTimeAndPlaces:
    def test_durations_read_in_hours_and_minutes(self):
        durations = [figures.duration(each) for each in (20, 720, 3600, 14_700)]
        assert durations == ["under a minute", "12 min", "1 h 00 min", "4 h 05 min"]

    @pytest.mark.parametrize(
        ("number", "text"),
        [
            (1, "1st"),
            (2, "2nd"),
            (3, "3rd"),
            (4, "4th"),
            (11, "11th"),
            (112, "112th"),
            (1022, "1,022nd"),
        ],
    )
    def test_ordinals_know_the_teens(self, number, text):
        assert figures.ordinal(number) == text

    def test_shares_are_cut_so_that_nearly_all_is_not_all(self):
        assert figures.percent(figures.thousandths(9999, of=10_000)) == "99.9%"
        assert figures.percent(1000) == "100%"
        assert figures.thousandths(1, of=0) == 0
