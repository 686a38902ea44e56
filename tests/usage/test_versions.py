import pytest

from apps.usage.coverage.versions import lies_between, rank_of, shortened


class TestWhatIsKept:
    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            ("2.1.214", "2.1.214"),
            (" v2.1.214 ", "2.1.214"),
            ("2.1.214 (Claude Code)", "2.1.214"),
            ("2.1.214x", ""),
            ("1.123456789", ""),
            ("0.58.0-alpha.3", "0.58.0-alpha.3"),
            ("0.9.0-nightly.20250925.b1da8c21", "0.9.0-nightly.20250925"),
            ("1.0.0-rc1", "1.0.0-rc.1"),
            ("1.2.3+build.of.dana", "1.2.3"),
            ("1.2.3-dana@corp.example", "1.2.3"),
            ("2", "2"),
            ("1.2.3.4.5", "1.2.3.4"),
            ("dana@corp.example", ""),
            ("", ""),
            ("unknown", ""),
            ("1" * 500, ""),
        ],
    )
    def test_only_what_has_the_shape_of_a_version(self, text, kept):
        assert shortened(text) == kept


class TestTheOrder:
    def test_numbers_are_compared_as_numbers(self):
        ordered = ["2.1.9", "2.1.30", "2.1.214-alpha.2", "2.1.214-rc.1", "2.1.214", "2.2", "10.0"]
        shuffled = [ordered[place] for place in (3, 6, 0, 5, 2, 4, 1)]
        assert sorted(shuffled, key=rank_of) == ordered

    def test_trailing_zeros_make_no_difference(self):
        assert rank_of("2.1") == rank_of("2.1.0") == rank_of("v2.1.0.0")

    def test_what_is_no_version_has_no_rank(self):
        assert rank_of("latest") is None


class TestASpan:
    @pytest.mark.parametrize(
        ("version", "first", "fixed_in", "is_inside"),
        [
            ("2.1.213", "", "2.1.214", True),
            ("2.1.214", "", "2.1.214", False),
            ("2.1.214-rc.1", "", "2.1.214", True),
            ("2.1.30", "", "2.1.214", True),
            ("1.9", "2.0", "2.1", False),
            ("2.0.0", "2.0", "2.1", True),
            ("9.9", "2.0", "", True),
            ("nonsense", "", "", False),
        ],
    )
    def test_it_begins_with_the_first_and_ends_before_the_repair(
        self, version, first, fixed_in, is_inside
    ):
        assert lies_between(version, first=first, fixed_in=fixed_in) is is_inside
