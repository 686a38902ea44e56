"""Large uploads: kept sealed, answered 202, worked off once, asked about by their sender alone."""

import gzip
import json
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.test import Client

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import actors
from apps.usage import actions as usage
from apps.usage import inbox, queries, refusals
from apps.usage.actions import working_off
from apps.usage.models import Batch, Upload, UploadPart
from tests.api.schema import holds

pytestmark = pytest.mark.django_db

URL = "/api/v1/usage/records"
LINES = "application/x-ndjson"


def record(number, **more):
    return {
        "id": f"req_{number}",
        "employee": "alice@corp.example",
        "at": "2026-11-20T11:00:09Z",
        "provider": "anthropic",
        "model": "claude-opus-4-6",
        "output_tokens": 10,
        **more,
    }


def lines(*records):
    return "\n".join(json.dumps(each) if isinstance(each, dict) else each for each in records)


def client_of(slug, at):
    issued = usage.add_source(slug=slug, actor=actors.command("tests"), at=at)
    return Client(headers={"Authorization": f"Bearer {issued.token}"})


@pytest.fixture
def feed(alice, at):
    return client_of("feed", at)


def send(client, body, content_type=LINES, **headers):
    headers = {"Prefer": "respond-async", **headers}
    return client.post(URL, body, content_type=content_type, headers=headers)


def told(client, answer):
    assert answer.status_code == 202, answer.content
    return client.get(answer.json()["status_url"]).json()


def work(at):
    return usage.work(at=at, seconds=20)


def counted():
    return sum(row.output_tokens for row in queries.totals(by=["day"]))


class TestWhatIsKeptOfRefusals:
    def test_only_lines_and_codes_and_the_sentence_is_made_when_it_is_told(self, feed, at):
        names = [f"{name} of jane.doe" for name in ("model", "effort")]
        bad = [record(1, **dict.fromkeys(names, 1)), record(2, output_tokens=-1), "{"]
        answer = send(feed, lines(*bad, record(3)))
        work(at)
        codes = ["unknown_field", "negative_count", "invalid_json"]
        kept = Upload.objects.get().rejections
        assert kept == [{"line": n, "code": code} for n, code in enumerate(codes, start=1)]
        shown = told(feed, answer)["rejected"]
        assert [(each["line"], each["code"]) for each in shown] == list(enumerate(codes, start=1))
        assert shown[1]["detail"] == "A count must not be negative."

    def test_every_code_that_a_record_is_refused_with_has_a_sentence(self):
        kept = {"missing_employee", "unknown_identity", "identity_refused", "not_allowed"}
        kept |= {"too_old", "in_future", "too_large", "missing_field", "invalid_value"}
        said = {refusals.sentence(code) for code in kept}
        assert len(said) == len(kept)
        assert refusals.sentence("new") not in said


class TestReceiving:
    def test_it_is_answered_202_with_the_address_of_its_state(self, feed, at):
        answer = send(feed, lines(record(1)))
        holds(answer, URL, "post")
        assert answer["Location"] == answer.json()["status_url"]
        assert answer["Preference-Applied"] == "respond-async"
        assert told(feed, answer)["state"] == "waiting"
        assert counted() == 0

    def test_a_body_above_the_bound_waits_without_being_asked_to(self, feed, at, settings):
        settings.INLINE_UPLOAD_BYTES = 500
        assert feed.post(URL, lines(record(1)), content_type=LINES).status_code == 200
        packed = gzip.compress(lines(*map(record, range(9))).encode())
        assert len(packed) < 500
        headers = {"Content-Encoding": "gzip"}
        answer = feed.post(URL, packed, content_type=LINES, headers=headers)
        assert answer.status_code == 202
        assert "Preference-Applied" not in answer
        work(at)
        assert told(feed, answer)["accepted"] == 8

    @pytest.mark.parametrize(
        ("body", "content_type", "encoding", "status"),
        [
            (b"x", "text/plain", "", 415),
            (b"x", LINES, "br", 415),
            (b"x", LINES, "gzip", 400),
            (gzip.compress(b"{}" * 9)[:-6], LINES, "gzip", 400),
            (b"x" * 5000, LINES, "", 413),
            (b'{"id": 3}', "application/json", "", 422),
        ],
    )
    def test_what_cannot_be_read_is_refused_at_once(
        self, feed, settings, body, content_type, encoding, status
    ):
        settings.MAX_UPLOAD_BYTES = 4096
        headers = {"Content-Encoding": encoding} if encoding else {}
        assert send(feed, body, content_type, **headers).status_code == status
        assert not Upload.objects.exists()

    def test_its_parts_are_sealed_and_bound_to_their_places(self, feed, monkeypatch, at):
        monkeypatch.setattr(inbox, "PART_BYTES", 100)
        answer = send(feed, lines(record(1), record(2)))
        parts = list(UploadPart.objects.order_by("number"))
        assert len(parts) > 3
        assert all(b"alice" not in bytes(part.sealed) for part in parts)
        first, second = parts[:2]
        UploadPart.objects.filter(pk=first.pk).update(sealed=second.sealed)
        work(at)
        assert told(feed, answer)["error"]["code"] == "damaged"
        assert counted() == 0

    def test_nobody_else_learns_of_it(self, feed, at):
        address = send(feed, lines(record(1))).json()["status_url"]
        assert client_of("other", at).get(address).status_code == 404
        assert Client().get(address).status_code == 401
        assert feed.get(f"/api/v1/usage/uploads/{uuid.uuid4()}").status_code == 404

    def test_a_full_inbox_is_answered_429_and_keeps_nothing(self, feed, settings):
        settings.INBOX_BYTES = 1024
        answer = send(feed, lines(*map(record, range(9))))
        assert (answer.status_code, answer.json()["code"]) == (429, "inbox_full")
        assert int(answer["Retry-After"]) > 0
        assert not Upload.objects.exists()

    def test_one_source_fills_its_share_and_leaves_room_for_others(self, feed, at, settings):
        body = lines(*map(record, range(9)))
        settings.INBOX_BYTES = 9 * len(body)
        assert [send(feed, body).status_code for _ in range(3)] == [202, 202, 429]
        assert send(feed, body).json()["code"] == "inbox_full"
        assert send(client_of("other", at), body).status_code == 202
        work(at)
        assert send(feed, body).status_code == 202

    def test_an_upload_larger_than_a_share_may_wait_alone(self, feed, settings):
        body = lines(*map(record, range(9)))
        settings.INBOX_BYTES = 3 * len(body)
        assert [send(feed, body).status_code for _ in range(2)] == [202, 429]


class TestWorkingOff:
    def test_the_answer_is_what_the_request_would_have_got(self, feed, at):
        body = lines(record(1), "", "{", record(2, output_tokens=-1), record(1), record(3))
        answer = send(feed, body)
        assert work(at).finished == 1
        state = told(feed, answer)
        holds(feed.get(answer.json()["status_url"]), "/api/v1/usage/uploads/x")
        assert (state["state"], state["accepted"], state["duplicates"]) == ("done", 2, 1)
        rejected = [(line["line"], line["code"]) for line in state["rejected"]]
        assert rejected == [(3, "invalid_json"), (4, "negative_count")]
        assert state["rejected_count"] == 2
        assert counted() == 20
        assert not UploadPart.objects.exists()
        assert log.entries(event=Event.UPLOAD_COUNTED)

    def test_arrays_wait_as_well(self, feed, at):
        answer = send(feed, json.dumps([record(1), record(2)]), "application/json")
        work(at)
        assert told(feed, answer)["accepted"] == 2

    def test_it_goes_on_after_a_kill_and_tells_what_was_accepted_before(
        self, feed, at, monkeypatch
    ):
        answer = send(feed, lines(*map(record, range(10)), "{"))
        ingest = working_off.ingest

        def dying(*, on_batch, **arguments):
            batches = iter(range(2))

            def told_then_killed(took):
                on_batch(took)
                if next(batches, None) is None:
                    raise DatabaseError

            return ingest(batch_size=3, on_batch=told_then_killed, **arguments)

        monkeypatch.setattr(working_off, "ingest", dying)
        with pytest.raises(DatabaseError):
            work(at)
        monkeypatch.setattr(working_off, "ingest", ingest)
        state = told(feed, answer)
        assert (state["state"], state["read"], state["accepted"]) == ("waiting", 6, 6)
        work(at + inbox.LEASE)
        state = told(feed, answer)
        assert (state["accepted"], state["duplicates"], state["read"]) == (10, 0, 11)
        assert counted() == 100
        assert sum(Batch.objects.values_list("accepted", flat=True)) == 10

    def test_while_one_works_at_it_another_goes_away(self, feed, at):
        send(feed, lines(record(1)))
        assert inbox.claim(at=at) is not None
        assert inbox.claim(at=at) is None
        assert inbox.claim(at=at + inbox.LEASE) is not None

    def test_one_that_was_outrun_counts_nothing(self, feed, at, monkeypatch):
        answer = send(feed, lines(record(1)))
        slow = inbox.claim(at=at)
        assert work(at + inbox.LEASE).finished == 1
        watch = working_off._Watch(at, 20)
        with pytest.raises(inbox.LeaseLost):
            working_off._work_off(slow, watch)
        assert told(feed, answer)["accepted"] == 1
        assert Batch.objects.count() == 1

    def test_time_that_is_over_leaves_the_rest_to_the_next(self, feed, at, monkeypatch):
        monkeypatch.setattr(working_off, "_GLANCE", 1)
        answer = send(feed, lines(*map(record, range(10))))
        assert inbox.claim(at=at)
        rounds = 0
        while usage.work(at=at + inbox.LEASE, seconds=1e-9).is_more or not counted():
            rounds += 1
            claim = inbox.claim(at=at + inbox.LEASE)
            working_off._work_off(claim, working_off._Watch(at, -1))
        assert rounds > 1
        state = told(feed, answer)
        assert (state["state"], state["accepted"], state["duplicates"]) == ("done", 10, 0)

    def test_what_stumbles_again_and_again_fails_but_can_be_tried_again(
        self, feed, at, monkeypatch, administrator, signed_in
    ):
        answer = send(feed, lines(record(1)))
        ingest = working_off.ingest
        monkeypatch.setattr(working_off, "ingest", lambda **_: 1 / 0)
        for attempt in range(working_off.MOST_FRUITLESS + 1):
            work(at + attempt * inbox.LEASE)
        state = told(feed, answer)
        assert (state["state"], state["error"]["code"]) == ("failed", "failed")
        monkeypatch.setattr(working_off, "ingest", ingest)
        desk = signed_in(administrator)
        chosen = {"action": "try_again", "_selected_action": Upload.objects.get().pk}
        assert b"tried too often" in desk.get("/admin/usage/upload/").content
        desk.post("/admin/usage/upload/", chosen)
        assert log.entries(event=Event.UPLOAD_RETRIED)[0].actor == f"user:{administrator.pk}"
        work(at)
        assert told(feed, answer)["accepted"] == 1

    def test_one_that_is_done_goes_after_a_week_one_that_failed_with_the_retention(
        self, feed, at, settings
    ):
        send(feed, lines(record(1)))
        send(feed, lines(record(2)))
        work(at)
        failed = Upload.objects.order_by("pk").first()
        Upload.objects.filter(pk=failed.pk).update(state=Upload.State.FAILED)
        us = actors.command("tests")
        for days, left in ((6, 2), (8, 1), (settings.RETENTION_DAYS, 1),
                           (settings.RETENTION_DAYS + 8, 0)):  # fmt: skip
            usage.expire(actor=us, at=at + timedelta(days=days))
            assert Upload.objects.count() == left

    def test_a_source_that_was_switched_off_meanwhile_counts_no_more(self, feed, at):
        send(feed, lines(record(1)))
        usage.deactivate_source(slug="feed", actor=actors.command("tests"), at=at)
        work(at)
        row = Upload.objects.get()
        assert (row.state, row.error_code, counted()) == ("failed", "source_inactive", 0)
        assert not UploadPart.objects.exists()

    def test_an_array_that_breaks_off_fails_and_says_so(self, feed, at):
        answer = send(feed, json.dumps([record(1)])[:-1], "application/json")
        work(at)
        state = told(feed, answer)
        assert (state["state"], state["error"]["code"]) == ("failed", "unreadable")

    def test_neither_the_row_nor_its_rejections_hold_content(self, feed, at):
        send(feed, lines(record(1, activity=7, session="the-secret"), "the-secret", record(2)))
        work(at)
        row = Upload.objects.values().get()
        assert "the-secret" not in repr(row)
        assert "alice" not in repr(row)
