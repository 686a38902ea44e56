"""Back-pressure: bytes in memory, a source's minute, a database that is away."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client

from apps.api import pressure
from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import actors
from apps.usage import actions as usage
from apps.usage.actions import quotas
from apps.usage.models import Source, SourceMinute

pytestmark = pytest.mark.django_db

URL = "/api/v1/usage/records"
LINES = "application/x-ndjson"
RECORD = {"employee": "a@corp.example", "at": "2026-11-20T11:00:09Z", "model": "m"}


@pytest.fixture
def feed(at):
    quotas.forget_drawn()
    issued = usage.add_source(slug="feed", actor=actors.command("tests"), at=at)
    return Client(headers={"Authorization": f"Bearer {issued.token}"})


def send(client, count=1):
    body = "\n".join(json.dumps({"id": str(number), **RECORD}) for number in range(count))
    return client.post(URL, body, content_type=LINES)


def limit(**limits):
    Source.objects.filter(slug="feed").update(**limits)


class TestAMinute:
    def test_no_more_requests_than_allowed_are_let_in(self, feed, at):
        limit(requests_per_minute=3)
        assert [send(feed).status_code for _ in range(5)] == [200, 200, 200, 429, 429]
        answer = send(feed)
        assert answer.json()["code"] == "too_many_requests"
        assert 0 < int(answer["Retry-After"]) <= 60

    def test_no_more_records_than_allowed_are_let_in(self, feed, at):
        limit(records_per_minute=25)
        assert [send(feed, 11).status_code for _ in range(3)] == [200, 200, 429]

    def test_the_next_minute_is_a_new_one(self, feed, at):
        limit(requests_per_minute=1)
        assert [send(feed).status_code for _ in range(2)] == [200, 429]
        with time_machine.travel(at + timedelta(minutes=1), tick=False):
            assert send(feed).status_code == 200

    def test_only_the_first_refusal_is_written_to_the_log(self, feed, at):
        limit(requests_per_minute=1)
        for _ in range(5):
            send(feed)
        assert len(log.entries(event=Event.SOURCE_LIMITED)) == 1

    def test_one_upload_larger_than_the_limit_is_the_only_one_of_its_minute(self, feed, at):
        limit(records_per_minute=5)
        assert [send(feed, 11).status_code for _ in range(2)] == [200, 429]

    def test_processes_that_draw_shares_stay_within_the_limit_together(self, feed, at):
        limit(requests_per_minute=200)
        source = usage.source("feed")
        let_in = 0
        for _ in range(60):
            quotas.forget_drawn()  # as another process would find it
            for _ in range(4):
                try:
                    usage.spend(source=source, requests=1, at=at)
                    let_in += 1
                except usage.SourceLimited:
                    break
        assert 190 <= let_in <= 200
        assert SourceMinute.objects.get().requests <= 200

    def test_below_the_limit_the_table_is_asked_once_in_fifty_requests(
        self, feed, at, django_assert_num_queries
    ):
        source = usage.source("feed")
        usage.spend(source=source, requests=1, records=100, at=at)
        with django_assert_num_queries(0):
            for _ in range(100):
                usage.spend(source=source, requests=1, records=1000, at=at)


class TestMemory:
    def test_a_body_that_finds_no_room_is_left_unread(self, feed, settings):
        settings.UPLOADS_IN_MEMORY_BYTES = 10_000
        with pressure.reading() as held:
            held.take(9_990)
            answer = send(feed)
            assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
            assert int(answer["Retry-After"]) > 0
        assert send(feed).status_code == 200

    def test_alone_it_is_let_in_however_large(self, feed, settings):
        settings.UPLOADS_IN_MEMORY_BYTES = 10
        assert send(feed).status_code == 200

    def test_what_was_held_is_given_back_after_a_refusal_too(self, feed):
        for _ in range(3):
            feed.post(URL, b"\x1f\x8b", content_type=LINES, headers={"Content-Encoding": "gzip"})
        assert pressure._state.total == 0


def test_a_database_that_is_away_is_answered_503_with_a_moment_to_wait(feed, monkeypatch):
    def away(**_):
        raise OperationalError("the host and its password")

    monkeypatch.setattr("apps.api.views.intake.usage.ingest", away)
    answer = send(feed)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer["Retry-After"]) > 0
    assert b"password" not in answer.content
