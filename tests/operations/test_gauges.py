"""Gauges of intake: exact, without labels, without people while they are few or all is shut."""

from datetime import timedelta

import pytest

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import clock
from apps.operations import metrics
from apps.shutter import actions as shutter
from apps.shutter.scopes import ScopeName
from apps.usage.models import Connector, ConnectorState, Upload
from tests.feeds import OPERATOR, source, two_feeds

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def unasked():
    metrics.intake.people.forget()


def gauges(client):
    lines = client.get("/metrics").content.decode().splitlines()
    pairs = [line.rsplit(" ", 1) for line in lines if line and not line.startswith("#")]
    return {name.removeprefix("claudeonomics_"): float(value) for name, value in pairs}


class TestIntake:
    def test_they_tell_what_arrived_today(self, client):
        two_feeds(clock.now())
        found = gauges(client)
        assert found["accepted_today"] == 24
        assert (found["rejected_today"], found["dropped_today"], found["unpriced_today"]) == (
            1,
            3,
            2,
        )
        assert found["worst_clock_skew_seconds"] == 600
        assert 0 <= found["seconds_since_last_usage"] < 60
        assert found["sources_silent"] == 0
        assert found["people_reporting_7d"] == 12

    def test_they_tell_of_inbox_and_connectors(self, client):
        now = clock.now()
        gateway = source("gateway", at=now)
        for state, size in (("waiting", 5), ("working", 7), ("failed", 11), ("done", 13)):
            Upload.objects.create(
                source=gateway, form="records", size=size, received_at=now, state=state
            )
        connector = Connector.objects.create(
            kind=Connector.Kind.OPENAI_USAGE, source=gateway, address="https://api.example/",
            secret=b"sealed", first_day=now.date(),
        )  # fmt: skip
        ConnectorState.objects.create(connector=connector, next_at=now, failures=2)
        found = gauges(client)
        assert (found["uploads_waiting"], found["uploads_failed"]) == (2, 1)
        assert found["inbox_bytes"] == 23
        assert found["connectors_failing"] == 1

    def test_silent_sources_are_counted(self, client):
        two_feeds(clock.now() - timedelta(days=9))
        assert gauges(client)["sources_silent"] == 2

    def test_an_empty_installation_knows_no_last_usage(self, client):
        found = gauges(client)
        assert "seconds_since_last_usage" not in found
        assert found["accepted_today"] == 0


class TestPeople:
    def test_a_few_are_left_out(self, client):
        two_feeds(clock.now(), size=9)
        found = gauges(client)
        assert "people_reporting_7d" not in found
        assert found["accepted_today"] == 24

    def test_they_are_left_out_while_everything_is_shut(self, client):
        now = clock.now()
        two_feeds(now)
        assert "people_reporting_7d" in gauges(client)
        shutter.close(scope=ScopeName.ALL, actor=OPERATOR, at=now, message="Back soon.")
        found = gauges(client)
        assert not {"people_reporting_7d", "unclaimed_names", "unresolved_today"} & found.keys()
        assert found["accepted_today"] == 24

    def test_scraping_does_not_fill_the_log(self, client):
        two_feeds(clock.now())
        for _ in range(5):
            gauges(client)
        assert len(log.entries(event=Event.COVERAGE_VIEWED)) == 1


def test_no_gauge_bears_a_label(client):
    two_feeds(clock.now())
    assert "{" not in client.get("/metrics").content.decode()
