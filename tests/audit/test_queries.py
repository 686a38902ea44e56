"""Reading the log."""

from datetime import timedelta

import pytest
from django.db import transaction

from apps.audit import actions as audit
from apps.audit import queries
from apps.audit.events import Event
from apps.common import actors, permissions

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(at):
    """Six entries of three minutes, oldest first."""
    with transaction.atomic():
        return [
            audit.record(
                event=event,
                actor=actors.user(who),
                at=at + timedelta(minutes=minute),
                subject=f"user:{10 - who}",
            )
            for minute in range(3)
            for event, who in ((Event.BOARD_VIEWED, 1), (Event.PSEUDONYM_REVEALED, 2))
        ]


def ids(**filters):
    return [entry.id for entry in queries.entries(**filters)]


class TestEntries:
    def test_they_come_newest_first(self, written):
        assert ids() == written[::-1]

    def test_pages_follow_each_other(self, written):
        first = ids(limit=4)
        assert first + ids(limit=4, before=first[-1]) == written[::-1]

    def test_they_are_filtered(self, written, at):
        assert ids(event=Event.BOARD_VIEWED) == written[::2][::-1]
        assert ids(actor="user:2") == written[1::2][::-1]
        assert ids(subject="user:9") == written[::2][::-1]
        assert ids(since=at + timedelta(minutes=1)) == written[2:][::-1]
        assert ids(until=at + timedelta(minutes=1)) == written[:2][::-1]

    def test_one_query_reads_a_page(self, written, django_assert_num_queries):
        with django_assert_num_queries(1):
            queries.entries()


class TestLooksAt:
    def test_they_are_those_of_one_person_and_of_these_events(self, written, at):
        looks = queries.looks_at(subject="user:8", events=[Event.PSEUDONYM_REVEALED], since=at)
        assert [look.id for look in looks] == written[1::2][::-1]
        assert queries.looks_at(subject="user:8", events=[Event.BOARD_VIEWED], since=at) == []
        late = at + timedelta(minutes=2)
        assert len(queries.looks_at(subject="user:9", events=list(Event), since=late)) == 1


class TestTheLog:
    def test_it_is_what_reading_is_granted_on(self, auditor, alice):
        permissions.grant(alice, "read_audit", queries.the_log())
        assert permissions.may(alice, "read_audit", queries.the_log())
