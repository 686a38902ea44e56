"""No two different tuples share an encoding."""

from hypothesis import given
from hypothesis import strategies as st

from apps.pseudonyms.encoding import enc

parts = st.lists(st.one_of(st.text(max_size=5), st.integers(), st.binary(max_size=5)), max_size=4)


class TestEnc:
    @given(parts, parts)
    def test_different_tuples_have_different_encodings(self, one, other):
        def typed(some):
            return [(type(part), part) for part in some]

        assert (enc(*one) == enc(*other)) == (typed(one) == typed(other))

    @given(parts, parts)
    def test_none_is_the_beginning_of_its_own_continuation_by_chance(self, one, other):
        assert enc(*one, *other) == enc(*one) + enc(*other)

    def test_a_moved_border_shows(self):
        assert enc("ab", "c") != enc("a", "bc")

    def test_a_number_is_not_its_digits(self):
        assert enc(7) != enc("7")
