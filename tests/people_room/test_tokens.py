"""Personal tokens: once readable, kept as digests, expiring, revocable."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from apps.audit import queries as log
from apps.common import actors
from apps.people import actions, queries
from apps.people.actions.tokens import LifetimeOutOfRange, UnknownToken
from apps.people.models import PersonalToken
from tests import people

ACTOR = actors.command("tests")


@pytest.fixture
def issue(at):
    """Issue a token to a person."""

    def issue(person, days=30):
        return actions.issue_token(
            person_id=person.pk, name="cli", lifetime=timedelta(days=days), actor=ACTOR, at=at
        )

    return issue


@pytest.mark.django_db
class TestPersonalTokens:
    def test_it_signs_in_its_person_until_it_expires(self, alice, issue, at):
        issued = issue(alice, days=30)
        assert issued.token.startswith("cpt_")
        assert len(issued.token) >= 4 + 43
        assert queries.user_for_token(issued.token, at=at) == alice
        moment_before = issued.expires_at - timedelta(seconds=1)
        assert queries.user_for_token(issued.token, at=moment_before) == alice
        assert queries.user_for_token(issued.token, at=issued.expires_at) is None

    def test_it_is_stored_nowhere(self, alice, issue):
        issued = issue(alice)
        held = PersonalToken.objects.get()
        assert issued.token.encode() not in bytes(held.digest)
        assert issued.token not in repr(issued)
        assert all(issued.token not in str(row) for row in log.entries())

    def test_it_takes_one_query_to_look_up(self, alice, issue, at, django_assert_num_queries):
        issued = issue(alice)
        with django_assert_num_queries(1):
            queries.user_for_token(issued.token, at=at)

    @pytest.mark.parametrize("token", ["", "cpt_", "cpt_é\udce9", "x" * 10_000])
    def test_it_knows_no_other(self, db, at, token):
        assert queries.user_for_token(token, at=at) is None

    @pytest.mark.parametrize("days", [0, -1, 367])
    def test_it_lives_for_at_most_a_year(self, alice, issue, days):
        with pytest.raises(LifetimeOutOfRange):
            issue(alice, days=days)

    def test_it_stops_when_revoked_and_only_by_its_owner(self, alice, bob, issue, at):
        issued = issue(alice)
        held = queries.tokens_of(alice.pk)[0]
        with pytest.raises(UnknownToken):
            actions.revoke_token(person_id=bob.pk, token_id=held.id, actor=ACTOR, at=at)
        assert queries.user_for_token(issued.token, at=at) == alice
        actions.revoke_token(person_id=alice.pk, token_id=held.id, actor=ACTOR, at=at)
        assert queries.user_for_token(issued.token, at=at) is None


@pytest.mark.django_db
class TestTheTokensPage:
    def test_it_asks_for_the_password_again_and_shows_a_new_token_once(self, alice, signed_in):
        client = signed_in(alice)
        asked = client.post(reverse("people_tokens"), {"name": "laptop", "days": 30})
        assert asked["Location"].startswith(reverse("account_reauthenticate"))
        assert not PersonalToken.objects.exists()
        page = client.post(asked["Location"], {"password": people.PASSWORD})
        token = PersonalToken.objects.get()
        shown = re.search(r"cpt_[\w-]{43}", page.content.decode()).group()
        assert queries.user_for_token(shown, at=token.created_at) == alice
        assert "no-store" in page["Cache-Control"]
        again = client.get(reverse("people_tokens")).content.decode()
        assert shown not in again
        assert "laptop" in again

    def test_it_revokes_only_ones_own(self, alice, bob, issue, signed_in):
        issue(alice)
        held = queries.tokens_of(alice.pk)[0]
        revoke = reverse("people_revoke_token", args=[held.id])
        assert signed_in(bob).post(revoke).status_code == 404
        assert signed_in(alice).get(revoke).status_code == 405
        assert signed_in(alice).post(revoke).status_code == 302
        assert queries.tokens_of(alice.pk)[0].revoked_at is not None
