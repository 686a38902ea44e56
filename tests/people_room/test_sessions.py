"""Sessions: the table holds nothing with which somebody could act as somebody else."""

from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as configured
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from apps.common import clock
from apps.people.sessions import SessionStore

COOKIE = configured.SESSION_COOKIE_NAME
pytestmark = pytest.mark.django_db


def kept(**content):
    """Return a stored session."""
    session = SessionStore()
    session.update(content)
    session.save()
    return session


def holding(key):
    """Return a client with the key in its cookie."""
    client = Client()
    client.cookies[COOKIE] = key
    return client


class TestTheTable:
    def test_a_key_read_from_it_opens_nothing(self, alice, signed_in):
        client = signed_in(alice)
        page = reverse("people_tokens")
        assert client.get(page).status_code == 200
        key = client.cookies[COOKIE].value
        row = Session.objects.get()
        assert key not in f"{row.session_key} {row.session_data}"
        assert holding(key).get(page).status_code == 200
        assert holding(row.session_key).get(page).status_code == 302

    def test_it_does_not_show_what_a_session_holds(self):
        kept(drawn="JBSWY3DPEHPK3PXP")
        row = Session.objects.get()
        assert "JBSWY3DPEHPK3PXP" not in str(row.get_decoded())
        assert row.get_decoded() == {}

    def test_what_was_changed_there_is_an_empty_session(self):
        session = kept(drawn=1)
        Session.objects.update(session_data="A" * 100)
        assert SessionStore(session.session_key).get("drawn") is None

    def test_the_hash_fits_djangos_column(self):
        kept(drawn=1)
        assert len(Session.objects.get().session_key) == 40


class TestTheStore:
    def test_it_finds_what_it_kept_and_saves_it_again(self):
        session = SessionStore(kept(drawn=1).session_key)
        assert session["drawn"] == 1
        session["drawn"] = 2
        session.save()
        assert SessionStore(session.session_key)["drawn"] == 2
        assert Session.objects.count() == 1

    def test_it_knows_whether_a_key_is_taken(self):
        session = kept(drawn=1)
        assert SessionStore().exists(session.session_key)
        assert not SessionStore().exists("some-other-key")

    def test_a_cycled_key_ends_the_old_one(self):
        session = kept(drawn=1)
        before = session.session_key
        session.cycle_key()
        assert session.session_key != before
        assert SessionStore(session.session_key)["drawn"] == 1
        assert SessionStore(before).get("drawn") is None
        assert Session.objects.count() == 1

    def test_flushing_leaves_nothing(self):
        session = kept(drawn=1)
        session.flush()
        assert session.session_key is None
        assert not Session.objects.exists()

    def test_a_session_ends_by_itself_and_is_cleared(self, settings):
        session = kept(drawn=1)
        later = clock.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE + 1)
        with time_machine.travel(later):
            assert SessionStore(session.session_key).get("drawn") is None
            call_command("clearsessions")
        assert not Session.objects.exists()

    def test_an_unknown_key_is_never_adopted(self):
        session = SessionStore("k" * 32)
        assert session.get("drawn") is None
        assert session.session_key is None

    def test_signing_in_changes_the_key_and_leaving_ends_it(self, alice, signed_in):
        client = signed_in(alice)
        key = client.cookies[COOKIE].value
        client.post(reverse("account_logout"))
        assert holding(key).get(reverse("people_tokens")).status_code == 302
