"""No two different tuples share an encoding."""

from hypothesis import given
from hypothesis import strategies as st

from apps.pseudonyms.encoding import enc

# The letters that stand for types, so that contents look like beginnings of parts.
texts = st.text("asbi\0\1", max_size=5)
contents = st.one_of(texts, st.integers(-99, 99), st.text(max_size=5), texts.map(str.encode))
parts = st.lists(contents, max_size=4)


class TestEnc:
    @given(parts, parts)
    def test_different_tuples_have_different_encodings(self, one, other):
        def typed(some):
            return [(type(part), part) for part in some]

        assert (enc(*one) == enc(*other)) == (typed(one) == typed(other))

    @given(parts, parts)
    def test_the_parts_follow_each_other(self, one, other):
        assert enc(*one, *other) == enc(*one) + enc(*other)

    def test_a_moved_border_shows(self):
        assert enc("ab", "c") != enc("a", "bc")

    def test_a_part_that_looks_like_two_is_one(self):
        assert enc("asb") != enc("a", "b")

    def test_a_number_is_not_its_digits(self):
        assert enc(7) != enc("7")
