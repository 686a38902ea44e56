"""What intake notes of itself, from what was sent to what an administrator reads."""

from datetime import timedelta

import pytest

from apps.usage import actions
from apps.usage.formats import Dropped, Rejected
from apps.usage.models import SourceDay
from apps.usage.queries import coverage
from tests.usage.events import AT, event, reading, source

pytestmark = pytest.mark.django_db


def line():
    [found] = coverage(since=AT.date(), until=AT.date(), least=0).sources
    return found


class TestIntake:
    def test_everything_sent_is_in_exactly_one_of_three(self):
        events = [
            event(1, at=AT - timedelta(seconds=30)),
            event(2, at=AT - timedelta(seconds=90), model="no-such-model"),
            event(1, at=AT - timedelta(seconds=30)),
            event(3, at=AT - timedelta(days=1000)),
            event(4, at=AT + timedelta(seconds=45)),
            Dropped(7),
            Rejected(9, "invalid_value", "No."),
        ]
        result = actions.ingest(source=source(), events=events, at=AT)
        found = line().arrivals
        assert (found.accepted, found.duplicates, found.rejected) == (3, 1, 2)
        assert (result.accepted, result.duplicates, len(result.rejected)) == (3, 1, 2)
        assert (found.dropped_attributes, found.unpriced) == (7, 1)
        assert (found.mean_late_seconds, found.worst_late_seconds) == (40, 90)
        assert found.ahead_seconds == 45
        assert line().last_event_at == AT + timedelta(seconds=45)
        assert dict(line().rejections) == {"too_old": 1, "invalid_value": 1}

    def test_a_replay_is_nothing_but_duplicates(self):
        gateway = source()
        for _ in range(2):
            actions.ingest(source=gateway, events=[event(1), event(2), reading()], at=AT)
        found = line().arrivals
        assert (found.accepted, found.duplicates) == (3, 3)
        assert found.mean_late_seconds == (60 + 120 + 60) // 3

    def test_versions_are_told_with_their_faults(self):
        events = [event(1, version="2.1.200"), event(2, version="2.1.222"), event(3)]
        actions.ingest(source=source(), events=events, at=AT)
        assert [(each.version, len(each.faults)) for each in line().versions] == [
            ("2.1.222", 0),
            ("2.1.200", 3),
        ]

    def test_several_batches_add_up(self):
        events = [event(number) for number in range(1, 26)]
        actions.ingest(source=source(), events=events, at=AT, batch_size=10)
        assert sum(SourceDay.objects.values_list("accepted", flat=True)) == 25

    def test_a_batch_that_fails_leaves_no_note(self):
        def fail(took):
            raise RuntimeError

        with pytest.raises(RuntimeError):
            actions.ingest(source=source(), events=[event(1)], at=AT, on_batch=fail)
        assert not SourceDay.objects.exists()
