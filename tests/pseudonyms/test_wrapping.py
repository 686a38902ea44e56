"""What is sealed opens for its own row and purpose, and nowhere else."""

import pytest

from apps.pseudonyms import actions, viewing
from apps.pseudonyms.keys import Purpose
from apps.pseudonyms.models import SubjectKey
from apps.pseudonyms.wrapping import Seal, SealBroken

pytestmark = pytest.mark.django_db


class TestSeal:
    def test_it_opens_what_it_closed(self):
        seal = Seal(Purpose.LINK_SEAL)
        assert seal.open(5, seal.close(5, b"content")) == b"content"

    def test_it_never_closes_the_same_way_twice(self):
        seal = Seal(Purpose.LINK_SEAL)
        assert seal.close(5, b"content") != seal.close(5, b"content")

    def test_it_refuses_what_was_moved_to_another_row(self):
        seal = Seal(Purpose.LINK_SEAL)
        with pytest.raises(SealBroken):
            seal.open(6, seal.close(5, b"content"))

    def test_it_refuses_what_was_sealed_for_another_purpose(self):
        with pytest.raises(SealBroken):
            Seal(Purpose.CLAIM_SEAL).open(5, Seal(Purpose.LINK_SEAL).close(5, b"content"))

    @pytest.mark.parametrize("place", [0, 12, -1])
    def test_it_refuses_a_changed_byte(self, place):
        seal = Seal(Purpose.LINK_SEAL)
        sealed = bytearray(seal.close(5, b"content"))
        sealed[place] ^= 1
        with pytest.raises(SealBroken):
            seal.open(5, bytes(sealed))

    @pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 27])
    def test_it_refuses_what_is_too_short(self, sealed):
        with pytest.raises(SealBroken):
            Seal(Purpose.LINK_SEAL).open(5, sealed)

    def test_what_it_says_when_it_refuses_holds_no_content(self):
        with pytest.raises(SealBroken) as refusal:
            Seal(Purpose.LINK_SEAL).open(5, b"x" * 40)
        assert "xx" not in str(refusal.value)
        assert "5" not in str(refusal.value)


class TestWrappedSubjectKeys:
    def test_a_key_put_into_another_row_is_refused(self, at):
        ada, ben = actions.enrol_people({1: [], 2: []}, at=at).values()
        stolen = SubjectKey.objects.get(pk=ada).wrapped
        SubjectKey.objects.filter(pk=ben).update(wrapped=stolen)
        release = actions.create_release_key(at=at).id
        with pytest.raises(SealBroken):
            viewing.pseudonyms_for(release=release, viewer=1, audience="board", subjects=[ben])
