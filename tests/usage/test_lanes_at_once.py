"""Decisions while usage arrives: nothing slips between what moved and what comes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from apps.common import actors
from apps.pseudonyms import queries as known_names
from apps.pseudonyms.identities import reported
from apps.usage import actions, queries
from apps.usage.actions import Lane, Why
from apps.usage.models import DayTotal, Session
from tests.usage.events import AT, event, source

pytestmark = pytest.mark.django_db(transaction=True)
DOING = {"actor": actors.command("tests"), "at": AT}
DANA = reported("dana@corp.example")
BATCHES = 12


def at_once(*calls):
    barrier = Barrier(len(calls), timeout=30)

    def run(call):
        barrier.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def feed(sender):
    """Send batches whose every day is new, so that each has to choose its lane."""
    for number in range(BATCHES):
        at = AT - timedelta(days=1 + number * 2 + sender)
        one = event(1, id=f"{sender} {number}", at=at, session=f"{sender} {number}")
        actions.ingest(source=queries.source("gateway"), events=[one], at=AT)


@pytest.mark.parametrize("is_taken_back", [False, True])
def test_all_that_was_counted_has_the_lane_of_the_last_decision(is_taken_back):
    actions.ingest(source=source(), events=[event(1)], at=AT)
    dana = known_names.known_subjects([DANA])[DANA].subject

    def decide():
        lane = Lane("claude-code", None, is_automation=True)
        actions.decide_lane(dana, lane=lane, why=Why.MACHINE, **DOING)
        if is_taken_back:
            actions.withdraw_lane(dana, tool="claude-code", **DOING)

    at_once(lambda: feed(0), decide, lambda: feed(1))
    assert DayTotal.objects.count() == 2 * BATCHES + 1
    for model in (DayTotal, Session):
        lanes = set(model.objects.values_list("in_automation_lane", flat=True))
        assert lanes == {not is_taken_back}, model
