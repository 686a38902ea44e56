"""Names in a viewer's copy of a release, and the release keys behind them."""

import hashlib
import uuid

import pytest

from apps.audit import queries as audit
from apps.audit.events import Event
from apps.pseudonyms import actions, queries, viewing
from apps.pseudonyms.keys import Purpose
from apps.pseudonyms.models import ReleaseKey
from apps.pseudonyms.wrapping import Seal
from tests.pseudonyms.conftest import OTHER_KEY, address

pytestmark = pytest.mark.django_db


@pytest.fixture
def subjects(at):
    people = {number: [address(f"p{number}")] for number in range(1, 31)}
    return list(actions.enrol_people(people, at=at).values())


def names(release, subjects, *, viewer=1, audience="board:tokens"):
    return viewing.pseudonyms_for(
        release=release, viewer=viewer, audience=audience, subjects=subjects
    )


class TestPseudonymsFor:
    def test_one_viewer_sees_the_same_names_again(self, at, subjects):
        release = actions.create_release_key(at=at).id
        assert names(release, subjects) == names(release, subjects[::-1])
        assert len(set(names(release, subjects).values())) == len(subjects)

    def test_two_viewers_share_no_name(self, at, subjects):
        release = actions.create_release_key(at=at).id
        one, other = (set(names(release, subjects, viewer=each).values()) for each in (1, 2))
        assert not one & other

    def test_two_releases_share_no_name(self, at, subjects):
        releases = [actions.create_release_key(at=at).id for _ in range(2)]
        one, other = (set(names(release, subjects).values()) for release in releases)
        assert not one & other

    def test_two_audiences_share_no_name(self, at, subjects):
        release = actions.create_release_key(at=at).id
        exported = names(release, subjects, audience="export:tokens")
        assert not set(exported.values()) & set(names(release, subjects).values())

    def test_it_takes_two_queries_and_stores_nothing(self, at, subjects, django_assert_num_queries):
        release = actions.create_release_key(at=at).id
        with django_assert_num_queries(2) as captured:
            names(release, subjects)
        assert all(query["sql"].startswith("SELECT") for query in captured)

    def test_who_was_forgotten_has_no_name(self, at, subjects):
        release = actions.create_release_key(at=at).id
        before = names(release, subjects)
        gone = actions.forget_person(1, at=at)[0]
        assert names(release, subjects) == {
            subject: name for subject, name in before.items() if subject != gone
        }

    def test_an_unknown_release_has_no_names(self, subjects):
        with pytest.raises(viewing.ReleaseKeyGone):
            names(uuid.uuid4(), subjects)


class TestReleaseKeys:
    def test_the_log_holds_the_hash_of_the_very_key(self, at):
        view = actions.create_release_key(at=at)
        wrapped = bytes(ReleaseKey.objects.get().wrapped)
        key = Seal(Purpose.RELEASE_KEY_WRAP).open(view.id.bytes, wrapped)
        assert view.digest_hex == hashlib.sha256(key).hexdigest()
        (entry,) = audit.entries(event=Event.KEY_CREATED)
        assert (entry.item_type, entry.item_id) == ("release_key", view.digest_hex)
        assert view.digest_hex.startswith(view.id.hex)

    def test_it_is_kept_wrapped(self, at):
        view = actions.create_release_key(at=at)
        wrapped = bytes(ReleaseKey.objects.get().wrapped)
        key = Seal(Purpose.RELEASE_KEY_WRAP).open(view.id.bytes, wrapped)
        assert len(key) == 32
        assert key not in wrapped

    def test_destroyed_it_makes_no_names_any_more(self, at, subjects):
        release = actions.create_release_key(at=at).id
        actions.destroy_release_key(release, at=at)
        assert ReleaseKey.objects.get().wrapped is None
        assert ReleaseKey.objects.get().destroyed_at == at
        with pytest.raises(viewing.ReleaseKeyGone):
            names(release, subjects)

    def test_destroying_twice_is_written_down_once(self, at):
        release = actions.create_release_key(at=at).id
        for _ in range(2):
            actions.destroy_release_key(release, at=at)
        (entry,) = audit.entries(event=Event.KEY_DESTROYED)
        assert entry.item_id == str(release)


class TestRowDigest:
    def test_it_differs_between_releases_and_between_subjects_and_stays(self):
        releases, subjects = [uuid.uuid4(), uuid.uuid4()], [5, 6]
        made = {
            queries.row_digest(each, subject=subject) for each in releases for subject in subjects
        }
        assert len(made) == 4
        assert queries.row_digest(releases[0], subject=5) in made
        assert {len(digest) for digest in made} == {16}

    def test_it_cannot_be_made_without_the_key(self, settings):
        release = uuid.uuid4()
        before = queries.row_digest(release, subject=5)
        settings.PSEUDONYM_KEY = OTHER_KEY
        assert queries.row_digest(release, subject=5) != before
