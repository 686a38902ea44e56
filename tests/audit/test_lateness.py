"""Which entry waits for longest to be covered by a signed head."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.audit.models import Checkpoint, Leaf, Origin
from apps.audit.queries import lateness
from apps.common import actors

pytestmark = pytest.mark.django_db
LATER = timedelta(days=1)


@pytest.fixture
def moments(at):
    """Four entries, a minute apart, each with a leaf."""
    Origin.objects.create(number=1, name="one.example", vkey="-", begun_at=at)
    moments = [at + timedelta(minutes=minute) for minute in range(4)]
    for moment in moments:
        with transaction.atomic():
            entry = audit.record(event=Event.LOG_READ, actor=actors.ANONYMOUS, at=moment)
        Leaf.objects.create(
            origin_id=1, index=moments.index(moment), entry_id=entry, hash=b"h" * 32
        )
    return moments


def publish(size, moment, *, origin=1):
    Checkpoint.objects.create(
        origin_id=origin, size=size, root=b"r" * 32, note="-", published_at=moment
    )


class TestWaiting:
    def test_nothing_waits_where_nothing_was_written(self, at):
        assert lateness.waiting_since(at - timedelta(days=10_000)) is None

    def test_without_a_head_everything_waits(self, moments):
        first = lateness.waiting_since(moments[-1])
        assert first is not None and first <= moments[0]

    def test_what_a_head_covers_does_not_wait(self, moments):
        publish(4, moments[3])
        assert lateness.waiting_since(moments[3] + LATER) is None

    def test_what_came_after_the_head_waits(self, moments):
        publish(2, moments[1])
        assert lateness.waiting_since(moments[3] + LATER) == moments[2]

    def test_only_what_was_recorded_by_then_counts(self, moments):
        publish(2, moments[1])
        assert lateness.waiting_since(moments[2] - timedelta(microseconds=1)) is None
        assert lateness.waiting_since(moments[2]) == moments[2]

    def test_an_entry_that_the_head_covers_may_bear_a_later_moment(self, moments):
        """A head is dated when its signing began; meanwhile entries are written and covered."""
        publish(4, moments[1])
        assert lateness.waiting_since(moments[3] + LATER) is None

    def test_a_leaf_beyond_the_head_waits_still(self, moments):
        publish(3, moments[1])
        assert lateness.waiting_since(moments[3] + LATER) == moments[3]

    def test_an_entry_without_a_leaf_waits(self, moments):
        publish(4, moments[3])
        late = moments[3] + timedelta(seconds=1, microseconds=5)
        with transaction.atomic():
            audit.record(event=Event.LOG_READ, actor=actors.ANONYMOUS, at=late)
        assert lateness.waiting_since(late + LATER) == late

    def test_heads_of_an_origin_before_do_not_count(self, moments):
        publish(4, moments[3])
        Origin.objects.create(number=2, name="two.example", vkey="-", begun_at=moments[3])
        first = lateness.waiting_since(moments[3])
        assert first is not None and first <= moments[0]
        publish(9, moments[3], origin=2)
        assert lateness.waiting_since(moments[3]) is None

    def test_a_head_counts_from_its_moment_on(self, moments):
        """As with a sequencer whose clock is ahead, or a row that says so."""
        publish(2, moments[1])
        publish(4, moments[3] + LATER)
        assert lateness.waiting_since(moments[3]) == moments[2]
        assert lateness.waiting_since(moments[3] + LATER) is None

    def test_what_waits_for_less_than_was_promised_is_not_late(self, moments):
        publish(2, moments[1])
        minute = timedelta(minutes=1)
        assert lateness.kept(moments[2] + minute, within=minute).waiting_since == moments[2]
        early = moments[2] + minute - timedelta(microseconds=1)
        assert lateness.kept(early, within=minute).waiting_since is None

    def test_the_name_of_the_log_is_told_along(self, at, settings):
        assert lateness.kept(at).origin == settings.AUDIT_ORIGIN
        Origin.objects.create(number=1, name="one.example", vkey="-", begun_at=at)
        assert lateness.kept(at).origin == "one.example"
        Origin.objects.create(number=2, name="two.example", vkey="-", begun_at=at)
        assert lateness.kept(at).origin == "two.example"


def test_it_is_answered_by_indexes(moments):
    publish(2, moments[1])
    statement = lateness._WAITING
    values = [
        connection.ops.adapt_datetimefield_value(each)
        for each in (moments[3], moments[0], moments[3])
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
            cursor.execute("EXPLAIN " + statement, values)
        else:
            cursor.execute("EXPLAIN QUERY PLAN " + statement, values)
        plan = "\n".join(str(row) for row in cursor.fetchall())
    assert "entries_by_moment" in plan
    assert "an_entry_has_one_index" in plan or "sqlite_autoindex_audit_leaf" in plan
    assert "SCAN audit_entry" not in plan
    assert "TEMP B-TREE" not in plan
