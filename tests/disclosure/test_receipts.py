"""Whatever discloses something carries the log's receipt for it; nothing else does."""

import base64
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import DatabaseError
from django.test import Client

from apps.audit import keys, queries, receipts
from apps.audit.events import Event
from apps.audit.models import Entry
from apps.audit.queries.tree import index_of
from apps.audit.receipts import HEADER, State
from apps.audit.sequencing import catch_up
from apps.audit.tree import notes
from apps.audit.tree.hashing import leaf_hash
from apps.common import clock
from apps.disclosure import gate
from apps.disclosure import receipts as promised
from apps.people import actions as people
from apps.shutter import actions as shutter
from tests.company import OPERATOR
from tests.disclosure.conftest import viewer_of

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
OWN_PAGES = ("/", "/badges/", "/privacy/disclosures/")
PAGES = ("/boards/", "/boards/tokens-30d/", *OWN_PAGES)
OWN_REST = tuple(
    f"/api/v1/me{each}" for each in ("", "/usage", "/badges", "/standings", "/disclosures")
)
REST = ("/api/v1/boards", "/api/v1/boards/tokens-30d", *OWN_REST)


@pytest.fixture(autouse=True)
def of_the_log(at, settings, tmp_path):
    """The clock stands at the company's moment; the head is kept in a folder of the test."""
    settings.AUDIT_HEAD_DIR = tmp_path
    settings.AUDIT_ORIGIN = "log.corp.example/audit"
    with time_machine.travel(at, tick=False) as traveller:
        yield traveller


def client_of(user):
    issued = people.issue_token(
        person_id=user.pk,
        name="tests",
        lifetime=timedelta(days=1),
        actor=OPERATOR,
        at=clock.now(),
    )
    client = Client(headers={"Authorization": f"Bearer {issued.token}"})
    client.force_login(user, backend=BACKEND)
    return client


def receipts_of(answer):
    """Return the receipts of an answer, checked with the key of the log."""
    key = keys.receipt_key("log.corp.example/audit").verifying
    return [receipts.verified(each, key=key) for each in answer[HEADER].split(", ")]


def newest(event):
    return queries.entries(event=event)[0]


class TestWhatDiscloses:
    @pytest.mark.parametrize("method", ["get", "head"])
    @pytest.mark.parametrize("path", [*PAGES, *REST])
    def test_it_carries_a_receipt_for_its_entry(self, company, path, method):
        client = client_of(company.bob)
        before = set(Entry.objects.values_list("id", flat=True))
        answer = getattr(client, method)(path)
        assert answer.status_code == 200
        (look,) = Entry.objects.exclude(id__in=before)
        (receipt,) = receipts_of(answer)
        assert receipt.entry == str(look.id)
        assert receipt.leaf == leaf_hash(bytes(look.leaf))
        assert receipt.at == int(look.recorded_at.timestamp() * 1000)
        assert receipt.within == 10**9

    def test_the_log_itself_does(self, auditor):
        answer = client_of(auditor).get("/audit/")
        assert receipts_of(answer)[0].entry == str(newest(Event.LOG_READ).id)

    def test_several_looks_are_several_receipts(self, company, at):
        with promised.collected() as looks:
            gate.boards(viewer_of(company.bob), at=at)
            gate.own_profile(viewer_of(company.bob), at=at)
        assert [each.entry.id for each in looks] == [
            newest(Event.BOARD_LISTED).id,
            newest(Event.RECORD_VIEWED).id,
        ]

    def test_a_stranger_reads_it_with_base64_alone(self, company):
        value = client_of(company.bob).get("/api/v1/me")[HEADER]
        lines = base64.b64decode(value).decode().split("\n")
        assert lines[:2] == ["log.corp.example/audit", "receipt/v1"]
        assert lines[7].startswith("— log.corp.example/audit/receipts ")


class TestWhatDoesNot:
    def refused(self, client, path, status):
        answer = client.get(path)
        assert answer.status_code == status
        return HEADER not in answer

    def test_what_may_not_be_seen_and_what_is_not_there(self, company):
        client = client_of(company.bob)
        for path in ("/boards/fresh-7d/", "/boards/none/", "/api/v1/boards/fresh-7d", "/audit/"):
            assert self.refused(client, path, 404)

    def test_what_is_shut(self, company, at):
        client = client_of(company.bob)
        shutter.close(scope="all", actor=OPERATOR, at=at)
        for path in (*PAGES, *REST):
            assert self.refused(client, path, 503)

    def test_what_was_shut_between_the_two_questions(self, company, at, monkeypatch):
        client = client_of(company.bob)
        monkeypatch.setattr("apps.shutter.middleware._message_for", lambda _: None)
        shutter.close(scope="all", actor=OPERATOR, at=at)
        for path in (*PAGES, *REST):
            assert self.refused(client, path, 503)

    def test_what_asks_nobody(self, company):
        for path in ("/accounts/login/", "/api/v1/status", "/health/live"):
            assert HEADER not in Client().get(path)
        assert HEADER not in client_of(company.bob).get("/privacy/")

    def test_what_failed_after_the_look(self, company, monkeypatch):
        def fail(*_, **__):
            raise RuntimeError

        client = client_of(company.bob)
        client.raise_request_exception = False
        monkeypatch.setattr("apps.web.pages.rows_of", fail)
        assert self.refused(client, "/boards/tokens-30d/", 500)
        assert newest(Event.BOARD_VIEWED)

    @pytest.mark.parametrize(
        ("failing", "path"),
        [
            ("audit.actions.recording._insert", "/api/v1/me"),
            ("audit.actions.recording._insert", "/boards/tokens-30d/"),
            ("audit.queries.lateness.kept", "/boards/tokens-30d/"),
            ("disclosure.receipts.origin", "/api/v1/me"),
        ],
    )
    def test_what_could_not_be_written_down(self, company, monkeypatch, failing, path):
        def fail(*_, **__):
            raise DatabaseError

        client = client_of(company.bob)
        monkeypatch.setattr(f"apps.{failing}", fail)
        assert self.refused(client, path, 503)

    def test_the_looks_of_one_answer_stay_out_of_the_next(self, company):
        client = client_of(company.bob)
        entries = {receipts_of(client.get("/api/v1/me"))[0].entry for _ in range(3)}
        assert len(entries) == 3


@pytest.mark.django_db(transaction=True)
class TestTheTree:
    def test_it_holds_the_leaf_that_was_promised(self, company, at):
        (receipt,) = receipts_of(client_of(company.bob).get("/boards/tokens-30d/"))
        head = catch_up(at)
        index = index_of(UUID(receipt.entry))
        assert index is not None and index < head.size
        assert receipts.check(receipt, index=index, seen_at=None) is State.KEPT

    def test_its_key_is_there_for_everybody_in_the_house(self, company, at):
        catch_up(at)
        client = client_of(company.bob)
        value = client.get("/api/v1/me")[HEADER]
        key = notes.VerifyingKey.parse(client.get("/audit/receipts.vkey").content.decode().strip())
        assert receipts.verified(value, key=key).origin == "log.corp.example/audit"

    def test_a_leaf_that_was_dropped_is_proof_against_the_log(self, company, at, settings):
        settings.AUDIT_MERGE_SECONDS = 60
        catch_up(at)
        answer = client_of(company.bob).get("/api/v1/me")
        (receipt,) = receipts_of(answer)
        assert receipts.check(receipt, index=None, seen_at=receipt.due) is State.OPEN
        assert receipts.check(receipt, index=None, seen_at=receipt.due + 1) is State.BROKEN


@pytest.mark.django_db(transaction=True)
class TestALookThatTakesLong:
    @pytest.fixture
    def passing(self, settings, monkeypatch):
        """Return a function that lets so many seconds pass in the middle of every look."""
        settings.AUDIT_MERGE_SECONDS = 60
        seconds = [0.0]
        monkeypatch.setattr("apps.disclosure.gate.looks.time.monotonic", lambda: seconds[0])
        ask = promised.origin

        def pass_by(count):
            def later():
                seconds[0] += count
                return ask()

            monkeypatch.setattr(promised, "origin", later)

        return pass_by

    def test_it_is_refused_before_its_receipt_could_be_overdue(self, company, at, passing):
        catch_up(at)
        client = client_of(company.bob)
        passing(30)
        assert HEADER in client.get("/api/v1/me")
        passing(31)
        answer = client.get("/api/v1/me")
        assert (answer.status_code, answer.json()["code"]) == (503, "look_too_long")
        assert HEADER not in answer
        refusal = newest(Event.GATE_REFUSED)
        assert (refusal.outcome, refusal.rule) == ("cut", "look_too_long")
        assert len(queries.entries(event=Event.RECORD_VIEWED)) == 1

    def test_where_nobody_is_given_a_receipt_it_may_take_its_time(self, company, at, passing):
        catch_up(at)
        passing(31)
        assert gate.own_profile(viewer_of(company.bob), at=at)
