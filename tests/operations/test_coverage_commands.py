"""`coverage` and `reconcile`: for people and as one JSON value, through the gate."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import clock
from apps.shutter import actions as shutter
from apps.shutter.scopes import ScopeName
from apps.usage.coverage.comparison import rounded
from tests.feeds import OPERATOR, two_feeds

pytestmark = pytest.mark.django_db


def said(name, *arguments):
    out = io.StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def feeds(db):
    return two_feeds(clock.now())


class TestCoverage:
    def test_it_prints_one_json_value(self, feeds):
        report = json.loads(said("coverage", "--json"))
        assert report["reporting"]["people"] == 12
        gateway, vendor = report["sources"]
        assert (gateway["slug"], vendor["slug"]) == ("gateway", "vendor")
        assert gateway["arrivals"]["accepted"] == 12
        assert gateway["arrivals"]["dropped_attributes"] == 3
        assert gateway["versions"][0]["faults"]
        assert vendor["arrivals"]["ahead_seconds"] == 600

    def test_it_prints_columns_for_people(self, feeds):
        words = said("coverage")
        assert "12 of 12 people report" in words
        assert "gateway: claude-code 2.1.213: Answers that arrived in several frames" in words
        assert [line.split()[0] for line in words.splitlines()[1:4]] == [
            "source",
            "gateway",
            "vendor",
        ]

    def test_of_a_few_it_says_so(self):
        two_feeds(clock.now(), size=9)
        words = said("coverage")
        assert "fewer than 10 of 9 people report" in words
        assert "4000" not in words and "2.1.213" not in words
        assert json.loads(said("coverage", "--json"))["sources"][0]["arrivals"] is None

    def test_an_odd_number_of_days_is_refused(self):
        with pytest.raises(CommandError, match="1 to 92"):
            said("coverage", "--days", "0")

    def test_it_is_written_down(self, feeds):
        said("coverage", "--days", "3")
        [entry] = log.entries(event=Event.COVERAGE_VIEWED)
        assert (entry.actor, entry.parameters) == ("command:coverage", {"days": 3})


class TestReconcile:
    def test_it_prints_one_json_value(self, feeds):
        report = json.loads(said("reconcile", "--json"))
        [row] = report["rows"]
        assert row["counted"] == {"name": "gateway", "signal": "events"}
        assert row["tokens"] == {
            "counted": rounded(feeds.counted),
            "cross_check": rounded(feeds.cross_check),
            "difference": -rounded(rounded(feeds.counted) // 10),
            "per_mille": -100,
        }
        assert row["buckets"]["output_tokens"] == row["tokens"]
        assert report["costs"][0]["micros"]["counted"] == 24_000_000
        assert report["is_any_withheld"] is False

    def test_it_prints_columns_for_people(self, feeds):
        words = said("reconcile", "--by", "week")
        assert "gateway (events)" in words
        assert "vendor (statements)" in words
        assert str(rounded(feeds.counted)) in words

    def test_of_a_few_nothing_is_printed(self):
        feeds = two_feeds(clock.now(), size=9)
        words = said("reconcile") + said("reconcile", "--json")
        assert "groups of fewer than 10 people" in words
        assert str(rounded(feeds.counted)) not in words

    def test_days_can_be_given(self, feeds):
        day = clock.days_before(clock.day_of(clock.now()), 1)
        before = str(day - timedelta(days=1))
        assert json.loads(said("reconcile", "--json", "--since", str(day), "--until", str(day)))[
            "rows"
        ]
        given = ("--since", before, "--until", before)
        assert not json.loads(said("reconcile", "--json", *given))["rows"]
        with pytest.raises(CommandError, match="a day reads like"):
            said("reconcile", "--since", "yesterday")


@pytest.mark.parametrize("name", ["coverage", "reconcile"])
def test_nothing_is_printed_while_everything_is_shut(name, feeds):
    shutter.close(scope=ScopeName.ALL, actor=OPERATOR, at=clock.now(), message="Back soon.")
    with pytest.raises(CommandError, match=r"Back soon\."):
        said(name)
