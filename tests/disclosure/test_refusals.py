"""Refusals are written down, and nobody fills the log with them."""

from datetime import timedelta

import pytest
import time_machine

from apps.audit import queries
from apps.audit.events import Event
from apps.common.errors import NotFound
from apps.disclosure import gate
from apps.disclosure.gate import refusals
from apps.disclosure.gate.refusals import MOST_IN_A_MINUTE, RefusedTooOften
from tests.disclosure.conftest import viewer_of
from tests.disclosure.test_receipts import client_of

pytestmark = pytest.mark.django_db(transaction=True)
SECOND = timedelta(seconds=1)


def ask(user, at, *, times=1):
    """Ask for what may not be seen; return what was answered, in order."""
    answers = []
    for _ in range(times):
        with pytest.raises((NotFound, RefusedTooOften)) as caught:
            gate.audit_entries(viewer_of(user), at=at)
        answers.append(caught.type)
    return answers


def rules_of(user):
    reference = viewer_of(user).subject
    entries = queries.entries(event=Event.GATE_REFUSED, actor=reference, limit=200)
    return [entry.rule for entry in reversed(entries)]


def test_the_first_are_an_entry_each_and_the_next_one_stands_for_all(company, at):
    answers = ask(company.bob, at, times=MOST_IN_A_MINUTE + 20)
    assert answers == [NotFound] * MOST_IN_A_MINUTE + [RefusedTooOften] * 20
    assert rules_of(company.bob) == ["read_audit"] * MOST_IN_A_MINUTE + ["refused_too_often"]


def test_after_a_minute_they_are_written_again(company, at):
    ask(company.bob, at, times=MOST_IN_A_MINUTE + 5)
    assert ask(company.bob, at + 59 * SECOND) == [RefusedTooOften]
    assert ask(company.bob, at + 61 * SECOND) == [NotFound]
    assert rules_of(company.bob)[-2:] == ["refused_too_often", "read_audit"]


def test_others_are_not_concerned_nor_is_what_may_be_seen(company, at):
    ask(company.bob, at, times=MOST_IN_A_MINUTE + 5)
    assert ask(company.alice, at) == [NotFound]
    assert gate.own_profile(viewer_of(company.bob), at=at)


@pytest.mark.parametrize("path", ["/audit/tile/entries/000.p/1", "/audit/", "/api/v1/audit/events"])
def test_it_is_answered_as_too_many_requests(company, at, path, monkeypatch):
    monkeypatch.setattr(refusals, "MOST_IN_A_MINUTE", 2)
    with time_machine.travel(at, tick=False):
        client = client_of(company.bob)
        answers = [client.get(path) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [404, 404, 429, 429]
    if path != "/audit/":
        assert answers[-1].json()["code"] == "refused_too_often"
        assert answers[-1]["Retry-After"] == "60"
