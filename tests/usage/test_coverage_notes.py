"""What `note` writes: sums, maxima, versions; in the batch's transaction, from many at once."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from apps.usage.coverage import notes
from apps.usage.coverage.notes import Noted, note
from apps.usage.models import ClientVersion, SourceDay
from tests.feeds import source

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(db, at):
    return source("gateway", at=at)


@pytest.fixture(autouse=True)
def one_slot(monkeypatch):
    """Let all batches of a test meet in one row; the slots have a test of their own."""
    monkeypatch.setattr(notes, "_SLOTS", {"postgresql": 1, "sqlite": 1})


def noted(gateway, at, **given):
    return Noted(source_id=gateway.pk, at=at, **given)


class TestADay:
    def test_counts_add_up_and_extremes_stay(self, gateway, at):
        earlier = at - timedelta(hours=2)
        note(noted(gateway, at, accepted=5, duplicates=1, rejected=2, dropped=3, unpriced=4,
                   last_event_at=earlier, late_seconds=50, latest_seconds=20,
                   ahead_seconds=7))  # fmt: skip
        note(noted(gateway, at + timedelta(minutes=1), accepted=1, last_event_at=at,
                   late_seconds=60, latest_seconds=60, ahead_seconds=2))  # fmt: skip
        row = SourceDay.objects.get()
        assert (row.accepted, row.duplicates, row.rejected) == (6, 1, 2)
        assert (row.dropped_attributes, row.unpriced) == (3, 4)
        assert (row.late_seconds, row.latest_seconds, row.ahead_seconds) == (110, 60, 7)
        assert (row.last_received_at, row.last_event_at) == (at + timedelta(minutes=1), at)

    def test_a_batch_without_anything_new_forgets_no_moment(self, gateway, at):
        note(noted(gateway, at, accepted=1, last_event_at=at))
        note(noted(gateway, at - timedelta(minutes=5), duplicates=1))
        row = SourceDay.objects.get()
        assert (row.last_received_at, row.last_event_at) == (at, at)

    def test_a_day_is_the_organisations(self, gateway, at, settings):
        note(noted(gateway, at, accepted=1))
        note(noted(gateway, at + timedelta(days=1), accepted=2))
        days = SourceDay.objects.order_by("day").values_list("day", "accepted")
        assert list(days) == [(at.date(), 1), (at.date() + timedelta(days=1), 2)]

    def test_a_batch_that_is_undone_leaves_no_note(self, gateway, at):
        with pytest.raises(RuntimeError), transaction.atomic():
            note(noted(gateway, at, accepted=1, versions=frozenset({("codex", "0.58.0")})))
            raise RuntimeError
        assert not SourceDay.objects.exists()
        assert not ClientVersion.objects.exists()

    def test_a_version_of_a_batch_that_was_undone_is_kept_with_the_next(self, gateway, at):
        seen = noted(gateway, at, versions=frozenset({("codex", "0.58.0")}))
        with pytest.raises(RuntimeError), transaction.atomic():
            note(seen)
            raise RuntimeError
        note(seen)
        assert ClientVersion.objects.count() == 1

    def test_slots_add_up_to_the_day(self, gateway, at, monkeypatch):
        monkeypatch.setattr(notes, "_SLOTS", {"postgresql": 16, "sqlite": 16})
        for _ in range(40):
            note(noted(gateway, at, accepted=1))
        accepted = list(SourceDay.objects.values_list("accepted", flat=True))
        assert sum(accepted) == 40
        assert len(accepted) > 1


class TestVersions:
    def test_each_is_kept_once_with_its_first_and_last_day(self, gateway, at):
        seen = frozenset({("claude-code", "v2.1.213+abc"), ("codex", "0.58.0-alpha.3")})
        note(noted(gateway, at, versions=seen))
        note(noted(gateway, at + timedelta(days=2), versions=seen))
        rows = ClientVersion.objects.order_by("tool").values_list(
            "tool", "version", "first_seen_on", "last_seen_on"
        )
        day = at.date()
        assert list(rows) == [
            ("claude-code", "2.1.213", day, day + timedelta(days=2)),
            ("codex", "0.58.0-alpha.3", day, day + timedelta(days=2)),
        ]

    def test_what_is_no_version_is_not_kept(self, gateway, at):
        note(noted(gateway, at, versions=frozenset({("codex", "dana@corp.example")})))
        assert not ClientVersion.objects.exists()

    def test_whoever_invents_versions_fills_no_table(self, gateway, at):
        note(noted(gateway, at, versions=frozenset({("codex", "0.1")})))
        many = frozenset(("codex", f"1.{number}") for number in range(500))
        note(noted(gateway, at, versions=many))
        assert ClientVersion.objects.count() == 200
        later = at + timedelta(days=1)
        note(noted(gateway, later, versions=frozenset({("codex", "0.1")})))
        assert ClientVersion.objects.get(version="0.1").last_seen_on == later.date()

    @pytest.mark.django_db(transaction=True)
    def test_a_known_version_costs_nothing(self, gateway, at, django_assert_num_queries):
        seen = frozenset({("codex", "0.58.0")})
        note(noted(gateway, at, versions=seen))
        with django_assert_num_queries(1):
            note(noted(gateway, at, versions=seen))


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    def test_batches_of_one_source_lose_nothing_and_do_not_deadlock(self, gateway, at):
        if connection.vendor != "postgresql":
            pytest.skip("SQLite has one writer at a time.")
        failures = []

        def work(number):
            try:
                for each in range(20):
                    versions = frozenset(("codex", f"{number}.{each}.{v}") for v in (2, 1))
                    shared = frozenset(("codex", f"9.{each}.{v}") for v in (number % 2, 1))
                    with transaction.atomic():
                        note(noted(gateway, at, accepted=1, versions=versions | shared))
            except Exception as failure:  # noqa: BLE001 - told to the test below
                failures.append(failure)
            finally:
                connection.close()

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert sum(SourceDay.objects.values_list("accepted", flat=True)) == 80
