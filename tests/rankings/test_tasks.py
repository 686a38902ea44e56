"""The tasks: once per piece of work, unknown keywords tolerated."""

import pytest

from apps.common import clock
from apps.rankings import queries, tasks
from apps.rankings.models import Release, Standing
from apps.runs.models import Run
from tests.rankings.company import CROWD, Company


@pytest.mark.django_db(transaction=True)
class TestTasks:
    def test_they_rank_and_publish_once(self):
        company = Company(clock.now())
        company.board()
        company.gather()
        for _ in range(2):
            tasks.refresh_standings.delay(later_keyword=1)
            tasks.publish_due.delay(later_keyword=1)
            tasks.recompute_due.delay(later_keyword=1)
        assert Standing.objects.count() == CROWD
        assert Release.objects.count() == 1
        states = dict(Run.objects.values_list("kind", "state"))
        assert states == {
            "rankings.refresh_standings": "done",
            "rankings.publish": "done",
            "rankings.recompute": "done",
        }
        outcome = Run.objects.get(kind="rankings.recompute").outcome
        assert outcome["differences"] == 0

    def test_they_say_why_nothing_was_published(self):
        company = Company(clock.now())
        company.board()
        tasks.publish_due.delay()
        outcome = Run.objects.get(kind="rankings.publish").outcome
        assert outcome == {"is_published": False, "reason": "too_few_participants"}
        assert queries.current_release(queries.board("tokens").id) is None
