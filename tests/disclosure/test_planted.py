"""A name, an address and an IP are planted wherever somebody can write; the log keeps none."""

import io
import logging
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client

from apps.audit import storage
from apps.audit.models import Checkpoint, Detail, Entry
from apps.audit.sequencing import catch_up
from apps.audit.tree import tiles
from apps.common import actors, clock
from apps.operations import logs
from apps.people import actions as people
from apps.rights import actions as rights
from apps.shutter import actions as shutter
from apps.usage import actions as usage
from tests import company as companies
from tests import people as accounts
from tests.company import OPERATOR
from tests.disclosure.test_receipts import client_of

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "Zebulon Quixworth"
EMAIL = "zebulon.quixworth@planted.example"
ADDRESS = "198.51.100.77"
AGENT = "PlantedAgent/7.7"
PLANTED = ("zebulon", "quixworth", "planted", "198.51.100")
WORDS = f"{NAME} <{EMAIL}> asked from {ADDRESS}"
HEADERS = {
    "X-Forwarded-For": ADDRESS,
    "User-Agent": AGENT,
    "Referer": f"https://planted.example/{EMAIL}",
    "X-Request-Id": EMAIL,
}
ROUTES = (
    "/",
    "/boards/",
    "/boards/tokens-30d/?q={email}&days={address}",
    "/boards/zebulon-quixworth/",
    "/badges/?for={email}",
    "/privacy/disclosures/",
    "/audit/?actor={email}&subject={email}&event=board.viewed",
    "/audit/?before={email}",
    "/coverage/?days={email}",
    "/nothing/{email}/",
    "/api/v1/me",
    "/api/v1/me/usage?from=2026-11-01&by=day",
    "/api/v1/me/usage?{email}=1",
    "/api/v1/boards/zebulon-quixworth",
    "/api/v1/boards/{email}",
    "/api/v1/audit/events?actor={email}&subject=user:1",
    "/api/v1/nothing/{email}",
    "/audit/proof/{email}",
    "/audit/tile/entries/{email}",
)


@pytest.fixture
def lines():
    """Return all that is logged, as the installation writes it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter())
    root = logging.getLogger()
    before, root.handlers = root.handlers, [handler]
    yield stream.getvalue
    root.handlers = before


@pytest.fixture
def planted(settings, tmp_path, lines):
    """Plant, and give the log an index and a head."""
    settings.AUDIT_HEAD_DIR = tmp_path
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    companies.found(clock.now())
    zebulon = accounts.add("zebulon.quixworth", role="auditor", at=clock.now())
    agnes = accounts.add("agnes", role="admin", at=clock.now())
    type(zebulon).objects.filter(pk=zebulon.pk).update(email=EMAIL, name=NAME)
    zebulon.refresh_from_db()
    for user in (zebulon, agnes):
        _visit(user)
    _sign_in_and_fail()
    _write_words(zebulon, agnes)
    catch_up(clock.now())
    return zebulon


def _visit(user):
    client = client_of(user)
    client.raise_request_exception = False
    for route in ROUTES:
        path = route.format(email=EMAIL, address=ADDRESS)
        for method in (client.get, client.head, client.post):
            method(path, headers=HEADERS)


def _sign_in_and_fail():
    for password in ("wrong password entirely", accounts.PASSWORD):
        for login in (EMAIL, "nobody@planted.example"):
            Client().post(
                "/accounts/login/", {"login": login, "password": password}, headers=HEADERS
            )
    Client(headers={"Authorization": f"Bearer {EMAIL}"}).get("/api/v1/me", headers=HEADERS)


def _write_words(zebulon, agnes):
    """Use what takes words: reasons, messages, names of tokens, searches, choices, own sources."""
    at = clock.now()
    admin = actors.user(agnes.pk, role="admin")
    people.issue_token(
        person_id=zebulon.pk, name=WORDS[:40], lifetime=timedelta(days=1), actor=admin, at=at
    )
    people.change_name(person_id=zebulon.pk, name=f"{NAME} II", actor=admin, at=at)
    people.invite(email=f"ii.{EMAIL}", actor=admin, at=at)
    rights.choose_visibility(user=zebulon, visibility="named", at=at)
    usage.add_source(slug="zebulon-quixworth", label=NAME, person_id=zebulon.pk, actor=admin, at=at)
    rights.waiting_identities(user=agnes, containing=EMAIL, at=at)
    shutter.close(scope="reports", reason=WORDS, message=WORDS, actor=OPERATOR, at=at)
    with transaction.atomic():
        people.record_choice(person_id=zebulon.pk, visibility="pseudonymous", actor=admin, at=at)


def found_in(data):
    """Return what of the planted stands in the bytes, in any case."""
    text = data.lower()
    return [each for each in PLANTED if each.encode() in text]


class TestWhatIsPlanted:
    def test_it_is_in_details_and_in_no_leaf_tile_head_or_line(self, planted, lines):
        kept = " ".join(str(each) for each in Detail.objects.values_list("parameters", flat=True))
        assert found_in(kept.encode()) == list(PLANTED)

        size = storage.size_of(1)
        assert size == Entry.objects.count() > 50
        for leaf in storage.entries_between(1, start=0, end=size):
            assert not found_in(leaf), leaf
        for name in (*tiles.tiles_of(size), *tiles.bundles_of(size)):
            assert not found_in(storage.tile(1, name)), name.path
        for note in Checkpoint.objects.values_list("note", flat=True):
            assert not found_in(note.encode())

        written = lines()
        assert written.count("\n") > 100
        assert not found_in(written.encode())
