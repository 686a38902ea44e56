"""Names of tools and models that senders bring: few a day, each asked for and not all of them."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.common import actors
from apps.usage import actions, queries
from apps.usage.actions import ingest
from apps.usage.counting import kinds
from apps.usage.formats import UsageEvent
from apps.usage.models import DayTotal, Kind, NewKinds
from tests.usage.events import AT, OPUS, delta, event, mark, reading, source, statement

pytestmark = pytest.mark.django_db


@pytest.fixture
def three_a_day(monkeypatch):
    monkeypatch.setattr(kinds, "MOST_NEW_KINDS", 3)


def send(*events, slug="gateway", at=AT):
    try:
        where = queries.source(slug)
    except queries.UnknownSource:
        where = source(slug)
    return ingest(source=where, events=events, at=at)


def named(count, start=0, **given):
    return [event(n, model=f"model-{n}", **given) for n in range(start, start + count)]


def models():
    return sorted(Kind.objects.values_list("tool", "model"))


def tokens():
    return sum(row.total_tokens for row in queries.totals(by=["day"]))


class TestABoundOfNewKinds:
    @pytest.mark.usefixtures("three_a_day")
    def test_what_is_beyond_it_counts_as_other_and_nothing_is_lost(self):
        result = send(*named(10))
        assert (result.accepted, result.rejected) == (10, [])
        assert models() == [
            *(("claude-code", f"model-{n}") for n in range(3)),
            ("claude-code", "other"),
        ]
        assert tokens() == 1_000
        assert DayTotal.objects.get(kind__model="other").output_tokens == 700

    @pytest.mark.usefixtures("three_a_day")
    def test_it_holds_over_all_requests_of_a_day(self):
        for number in range(6):
            send(*named(1, start=number))
        assert len(models()) == 4
        assert NewKinds.objects.get().count == 3

    @pytest.mark.usefixtures("three_a_day")
    def test_another_source_and_another_day_have_their_own(self):
        send(*named(4))
        send(*named(4, start=10), slug="second")
        send(*named(4, start=20), at=AT + timedelta(days=1))
        assert len(models()) == 10

    @pytest.mark.usefixtures("three_a_day")
    def test_what_is_known_is_never_other(self):
        send(*named(3), slug="company")
        send(*named(5, start=5))
        send(*named(3, session="s-2", tool="claude-code"))
        assert DayTotal.objects.filter(kind__model="model-1").count() == 2

    @pytest.mark.usefixtures("three_a_day")
    def test_tools_beyond_it_are_other_too(self):
        send(*(event(n, tool=f"tool-{n}", session=f"s-{n}") for n in range(6)))
        assert [tool for tool, _ in models()] == ["other", "tool-0", "tool-1", "tool-2"]
        assert tokens() == 600

    @pytest.mark.usefixtures("three_a_day")
    def test_a_replay_changes_nothing_whatever_its_kind_is_called_by_then(self):
        sent = [
            *named(4),
            *(delta(n, series=str(n), model=f"point-{n}") for n in range(1, 4)),
            *(mark(n, series=f"m{n}", model=f"mark-{n}") for n in range(1, 4)),
            *(reading(f"msg_{n}", model=f"answer-{n}") for n in range(4)),
            *(statement(n, model=f"stated-{n}") for n in range(1, 4)),
        ]
        first = send(*sent)
        before = sum(DayTotal.objects.values_list("output_tokens", flat=True))
        again = send(*sent, at=AT + timedelta(hours=20))
        assert first.accepted == len(sent)
        assert (again.accepted, again.duplicates) == (0, len(sent))
        assert sum(DayTotal.objects.values_list("output_tokens", flat=True)) == before

    @pytest.mark.usefixtures("three_a_day")
    def test_a_larger_reading_of_other_work_replaces_the_smaller(self):
        send(*named(3, identity="ben@corp.example"))
        send(reading(model="late", output_tokens=5))
        send(reading(model="late", output_tokens=50), at=AT + timedelta(days=1))
        assert tokens() == 350
        assert sum(DayTotal.objects.values_list("output_tokens", flat=True)) == 350

    def test_after_a_week_nothing_says_what_a_source_brought(self):
        send(*named(3))
        actions.expire(actor=actors.command("tests"), at=AT + timedelta(days=7))
        assert NewKinds.objects.exists()
        actions.expire(actor=actors.command("tests"), at=AT + timedelta(days=8))
        assert not NewKinds.objects.exists()


class TestOtherTools:
    def test_a_counter_without_a_tool_is_of_the_sources_tool_or_other(self):
        send(delta(1, tool=""), mark(2, tool="", series="m"))
        assert models() == [("other", OPUS)]

    def test_an_event_without_a_tool_stays_without(self):
        send(event(1, tool=""))
        assert models() == [("", OPUS)]


class TestAsking:
    def test_only_the_wanted_names_are_read(self):
        Kind.objects.bulk_create(Kind(tool="t", provider="p", model=f"m{n}") for n in range(2_000))
        where = source()
        with CaptureQueriesContext(
            connection,
        ) as asked:
            ingest(source=where, events=[event(1)], at=AT)
        about = [each["sql"] for each in asked if 'FROM "usage_kind"' in each["sql"]]
        assert about
        assert all("WHERE" in each for each in about)

    @pytest.mark.django_db(transaction=True)
    def test_what_was_seen_is_not_asked_for_again(self):
        where = source()
        ingest(source=where, events=[event(1)], at=AT)
        with CaptureQueriesContext(connection) as asked:
            ingest(source=where, events=[event(2)], at=AT)
        assert not [each for each in asked if 'FROM "usage_kind"' in each["sql"]]

    @pytest.mark.django_db(transaction=True)
    def test_what_is_rolled_back_is_not_remembered(self):
        where = source()
        with transaction.atomic():
            ingest(source=where, events=[event(1)], at=AT)
            transaction.set_rollback(True)
        assert ingest(source=where, events=[event(1)], at=AT).accepted == 1
        assert models() == [("claude-code", OPUS)]

    @pytest.mark.django_db(transaction=True)
    def test_what_is_remembered_is_bounded(self, monkeypatch):
        monkeypatch.setattr(kinds, "_MOST_REMEMBERED", 5)
        for number in range(12):
            send(*named(1, start=number))
            assert len(kinds._remembered) <= 5
        assert tokens() == 1_200

    def test_a_batch_of_many_names_takes_few_queries(self, monkeypatch):
        monkeypatch.setattr(kinds, "MOST_NEW_KINDS", 2_000)
        where = source()
        events: list[UsageEvent] = named(1_500, at=AT)
        with CaptureQueriesContext(connection) as asked:
            assert ingest(source=where, events=events, at=AT).accepted == 1_500
        assert len([each for each in asked if "usage_kind" in each["sql"]]) < 12
