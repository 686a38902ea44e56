"""Intake: what is sent counts once, whoever sends it and however often."""

import random
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, connections

from apps.common import actors
from apps.people import queries as people_queries
from apps.pseudonyms import queries as pseudonyms
from apps.usage import actions, queries
from apps.usage.actions import NotAllowed, SourceInactive
from apps.usage.formats import Rejected
from apps.usage.formats.records import read_lines
from apps.usage.models import Batch, DayTotal, Rejection, Session
from apps.usage.models import Kind as KindOfWork
from tests import people
from tests.usage.events import AT, OPUS, event, lines, record, source

pytestmark = pytest.mark.django_db


def ingest(where, *events, **given):
    return actions.ingest(source=where, events=events, at=AT, **given)


def whole():
    return sum(row.total_tokens for row in queries.totals(by=["day"]))


class TestCounting:
    def test_a_record_counts_once(self):
        where = source()
        first = ingest(where, event(1), event(2), event(1))
        again = ingest(where, event(2), event(1), batch_size=1)
        assert (first.accepted, first.duplicates) == (2, 1)
        assert (again.accepted, again.duplicates) == (0, 2)
        assert whole() == 200

    def test_another_source_second_or_id_is_another_record(self):
        ingest(source("one"), event(1), event(1, at=AT), event(1, id="other"))
        ingest(source("two"), event(1))
        assert sum(DayTotal.objects.values_list("output_tokens", flat=True)) == 400

    def test_each_bucket_cost_and_lane_is_added_up(self):
        given = {
            "uncached_input_tokens": 1,
            "cache_read_tokens": 20,
            "cache_write_5m_tokens": 300,
            "cache_write_1h_tokens": 4000,
            "output_tokens": 50000,
        }
        where = source()
        ingest(where, event(1, **given, reported_cost_micros=7), event(2, **given))
        ingest(where, event(3, **given, reported_cost_micros=5), event(4, is_automation=True))
        (people_row,) = DayTotal.objects.filter(is_automation=False)
        assert people_row.events == 3
        assert {name: getattr(people_row, name) for name in given} == {
            name: 3 * count for name, count in given.items()
        }
        assert people_row.reported_cost_micros == 12
        assert people_row.cost_micros == 3 * (5 + 10 + 1875 + 40_000 + 1_250_000)
        assert DayTotal.objects.filter(is_automation=True).count() == 1

    def test_an_unknown_price_is_null_and_known_ones_are_still_added(self):
        where = source()
        ingest(where, event(1, model="home-made"))
        (row,) = queries.totals(by=["model"])
        assert row.cost_micros is None
        ingest(where, event(2))
        (row,) = queries.totals(by=["tool"])
        assert row.cost_micros == 2500

    def test_the_day_is_the_organisations(self, settings):
        from apps.common import clock

        settings.ORGANISATION_ZONE = "Asia/Tokyo"
        clock.organisation_zone.cache_clear()
        yesterday = AT - timedelta(days=1)
        ingest(source(), event(1, at=yesterday.replace(hour=14, minute=59)))
        ingest(source("two"), event(1, at=yesterday.replace(hour=15)))
        clock.organisation_zone.cache_clear()
        days = [str(row.keys["day"]) for row in queries.totals(by=["day"])]
        assert days == ["2026-11-19", "2026-11-20"]

    def test_what_was_counted_and_refused_is_kept_without_content(self):
        ingest(source(), event(1), event(1), Rejected(9, "unknown_field", "There is no field."))
        batch = Batch.objects.get()
        assert (batch.accepted, batch.duplicates, batch.rejected) == (1, 1, 1)
        assert list(Rejection.objects.values_list("line", "code")) == [(9, "unknown_field")]
        assert {field.name for field in Rejection._meta.fields} == {"id", "batch", "line", "code"}

    def test_all_rejections_are_answered_and_a_thousand_kept(self):
        bad = [Rejected(n, "invalid_json", "This is not valid JSON.") for n in range(1, 1203)]
        assert len(ingest(source(), *bad).rejected) == 1202
        assert Rejection.objects.count() == 1000

    def test_a_failing_batch_leaves_nothing(self, monkeypatch):
        from apps.audit import actions as audit

        where = source()
        monkeypatch.setattr(audit, "record", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            ingest(where, event(1))
        monkeypatch.undo()
        assert whole() == 0
        assert ingest(where, event(1)).accepted == 1

    def test_a_kind_of_work_is_named_once(self):
        where = source()
        ingest(where, event(1), event(2), batch_size=1)
        ingest(where, event(3))
        assert KindOfWork.objects.count() == 1


class TestWho:
    def test_an_unknown_identity_counts_and_keeps_its_subject(self):
        where = source()
        ingest(where, event(1, identity=" Dana@CORP.example "), event(2))
        ingest(where, event(3, identity="dana@corp.example"))
        assert DayTotal.objects.values("subject").distinct().count() == 1

    def test_someone_must_be_named(self):
        found = ingest(source(), event(1, identity=None), event(2, identity="  "))
        assert [each.code for each in found.rejected] == ["missing_employee", "invalid_value"]

    def test_a_personal_source_needs_no_name_and_takes_no_other(self):
        dana = people.add("dana", at=AT)
        people.add("erik", at=AT)
        where = source("mine", person_id=dana.pk)
        found = ingest(
            where,
            event(1, identity=None),
            event(2, identity="DANA@corp.example"),
            event(3, identity="erik@corp.example"),
            event(4, identity="stranger@elsewhere.example"),
        )
        assert found.accepted == 2
        assert [(e.line, e.code) for e in found.rejected] == [
            (3, "not_allowed"),
            (4, "not_allowed"),
        ]
        assert set(DayTotal.objects.values_list("subject", flat=True)) == {
            pseudonyms.subject_of(dana.pk)
        }

    def test_a_personal_source_may_not_be_used_for_somebody_else(self):
        dana, erik = people.add("dana", at=AT), people.add("erik", at=AT)
        where = source("mine", person_id=dana.pk)
        with pytest.raises(NotAllowed):
            ingest(where, event(1), subject=pseudonyms.subject_of(erik.pk))

    def test_a_service_account_works_in_the_automation_lane(self):
        from apps.people import actions as people_actions

        people_actions.add_service_account(
            slug="nightly",
            label="Nightly",
            identity="nightly@corp.example",
            actor=actors.command("tests"),
            at=AT,
        )
        ingest(source(), event(1, identity="nightly@corp.example"), event(2))
        lanes = dict(DayTotal.objects.values_list("is_automation", "events"))
        assert lanes == {True: 1, False: 1}

    def test_a_source_that_is_switched_off_reports_nothing(self):
        where = replace(source(), is_active=False)
        with pytest.raises(SourceInactive):
            ingest(where, event(1))

    def test_no_name_is_in_the_tables_of_usage(self):
        ingest(source(), event(1, identity="dana@corp.example", session="s-dana"))
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                if table.startswith("usage_"):
                    cursor.execute(f"SELECT * FROM {table}")
                    assert "dana" not in str(cursor.fetchall())


class TestWhen:
    def test_too_old_and_too_early_are_refused(self, settings):
        edge = AT - timedelta(days=settings.RETENTION_DAYS)
        found = ingest(
            source(),
            event(1, at=edge),
            event(2, at=edge - timedelta(seconds=1)),
            event(3, at=AT + timedelta(minutes=10)),
            event(4, at=AT + timedelta(minutes=10, seconds=1)),
        )
        assert found.accepted == 2
        assert [(e.line, e.code) for e in found.rejected] == [(2, "too_old"), (4, "in_future")]


class TestSessions:
    def test_any_order_of_batches_gives_the_same_spans(self):
        where = source()
        minutes = [0, 10, 20, 50, 60, 300, 310]
        events = [
            event(n, at=AT - timedelta(minutes=m), session="s") for n, m in enumerate(minutes)
        ]
        for seed in range(3):
            mixed = random.Random(seed).sample(events, len(events))
            ingest(where, *mixed, batch_size=2)
            (session,) = Session.objects.all()
            assert session.active_seconds == (20 + 10 + 10) * 60
            assert session.total_tokens == 700
            assert (session.last_at - session.first_at) == timedelta(minutes=310)
            Session.objects.all().delete()
            where = source(f"again-{seed}")

    def test_the_same_name_of_two_people_is_two_sessions(self):
        ingest(source(), event(1, session="s"), event(2, session="s", identity="b@corp.example"))
        assert Session.objects.count() == 2


class TestTouched:
    def test_subjects_with_new_usage_are_taken_once(self):
        where = source()
        ingest(where, event(1), event(2, identity="erik@corp.example"))
        taken = queries.take_touched()
        assert len(set(taken)) == 2
        assert queries.take_touched() == []
        ingest(where, event(1))
        assert queries.take_touched() == []
        ingest(where, event(3))
        assert len(queries.take_touched(limit=1)) == 1


class TestTheLog:
    def test_each_batch_is_written_down(self):
        from apps.audit import queries as audit
        from apps.audit.events import Event

        ingest(source(), event(1), event(2), event(2))
        (entry,) = audit.entries(event=Event.USAGE_INGESTED)
        assert (entry.actor, entry.count, entry.item_id) == ("source:gateway", 2, "gateway")

    def test_a_personal_source_is_not_named(self):
        from apps.audit import queries as audit

        dana = people.add("dana", at=AT)
        where = source("laptop-7", person_id=dana.pk)
        (entry,) = audit.entries(event="source.added")
        assert (entry.item_id, entry.subject or "") == ("personal", "")
        ingest(where, event(1, identity=None))
        (entry,) = audit.entries(event="usage.ingested")
        assert (entry.actor, entry.item_id) == ("source:laptop-7", "personal")
        assert people_queries.person(dana.pk).email


@pytest.mark.django_db(transaction=True)
class TestManyClients:
    """A day of many clients at once, at a tenth of its size to spare the clock."""

    RECORDS, CLIENTS = 10_000, 4

    def texts(self):
        good = lines(*(record(n) for n in range(self.RECORDS)))
        bad = [b'{"id": "broken"}\n', b"not json\n", *lines(record(1, output_tokens=-5))]
        mixed = []
        for number, line in enumerate(good):
            mixed.append(line)
            if number % 100 == 0:
                mixed.append(bad[number % 3])
        return mixed

    def post(self, where, texts, seed, failures):
        try:
            mixed = random.Random(seed).sample(texts, len(texts))
            step = len(mixed) // 5
            for start in range(0, len(mixed), step):
                # Overlapping uploads: each holds half of the one before.
                upload = mixed[max(0, start - step // 2) : start + step]
                found = actions.ingest(
                    source=where, events=read_lines(upload), at=AT, batch_size=1000
                )
                broken = {n for n, text in enumerate(upload, start=1) if not isinstance_good(text)}
                assert {each.line for each in found.rejected} == broken
        except BaseException as error:  # noqa: BLE001 - reported by the test
            failures.append(error)
        finally:
            connections.close_all()

    def test_shuffled_overlapping_uploads_of_four_give_the_truth(self):
        where = source()
        texts = self.texts()
        failures = []
        threads = [
            threading.Thread(target=self.post, args=(where, texts, seed, failures))
            for seed in range(self.CLIENTS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        truth = [record(n) for n in range(self.RECORDS)]
        (row,) = queries.totals(by=["model"])
        assert row.keys == {"model": OPUS}
        assert row.uncached_input_tokens == sum(r["uncached_input_tokens"] for r in truth)
        assert row.cache_read_tokens == sum(r["cache_read_tokens"] for r in truth)
        assert row.output_tokens == sum(r["output_tokens"] for r in truth)
        assert sum(DayTotal.objects.values_list("events", flat=True)) == self.RECORDS
        assert sum(Batch.objects.values_list("accepted", flat=True)) == self.RECORDS
        assert sum(Session.objects.values_list("total_tokens", flat=True)) == row.total_tokens


def isinstance_good(text):
    (found,) = read_lines([text])
    return not isinstance(found, Rejected)
