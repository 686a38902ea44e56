"""
Gauges for Prometheus, without labels: labels are where names would creep in.

What tells of rows (arrived, refused, waiting) is counted at every scrape, in a few
short statements about today. How many people report is a look at people: it goes
through the gate at most once an hour for each process, is written down then, and
is left out while everything is shut or while they are fewer than the smallest group.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

import structlog
from django.db import DatabaseError
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.audit import signs
from apps.common import clock
from apps.disclosure import gate
from apps.operations import probes

_log = structlog.get_logger()

_MEANINGS = {
    "sources_silent": "Active shared sources that are silent for longer than usual.",
    "seconds_since_last_usage": "Seconds since any source sent anything.",
    "accepted_today": "Records counted today.",
    "duplicates_today": "Records sent again today.",
    "rejected_today": "Records refused today.",
    "dropped_today": "Content attributes dropped unread today.",
    "unpriced_today": "Records counted today whose price is unknown.",
    "uploads_waiting": "Uploads in the inbox that wait or are being worked off.",
    "uploads_failed": "Uploads in the inbox that could not be worked off.",
    "inbox_bytes": "Bytes of all uploads in the inbox, as they were sent.",
    "connectors_failing": "Connectors whose last attempt failed.",
    "worst_clock_skew_seconds": "How far ahead a sender's clock was, today or yesterday.",
    "people_reporting_7d": "People with usage in the last seven days; absent while they are few.",
    "unclaimed_names": "Reported names that no person and no service bears.",
    "unresolved_today": "Records of today under such names, where a source has enough of them.",
    "log_entries": "Entries that have a place in the log's tree.",
    "log_oldest_waiting_seconds": "For how long the oldest entry has waited for a signed head.",
    "log_seconds_since_checkpoint": "Seconds since a head of the log was signed.",
    "log_seconds_since_cosignature": "Seconds since a witness signed a head of the log.",
    "log_frozen": "1 while the log is frozen and nothing is signed.",
    "log_stopped": "1 while the log's sequencer says that it waits for an operator.",
    "log_seconds_since_patrol": "Seconds since the whole tree was read again, noted once a day.",
}


class _Installation(Collector):
    """Asks the probes at every scrape."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield one gauge a check, and how many scopes are shut."""
        health = probes.health()
        for name, passed in health.checks.items():
            yield GaugeMetricFamily(f"claudeonomics_{name}_ok", f"1 when {name} works.", passed)
        yield GaugeMetricFamily(
            "claudeonomics_shut_scopes",
            "How many scopes the shutter holds shut.",
            sum(state != "open" for state in health.shutter.values()),
        )


class Intake(Collector):
    """Tells whether usage arrives and the log keeps up; where the database fails, nothing."""

    def __init__(self) -> None:
        self.people = gate.PeopleReporting()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield a gauge for whatever is known."""
        at = clock.now()
        try:
            values = {
                **asdict(gate.intake_signs(at=at)),
                **asdict(signs.log_signs(at)),
                **self._reporting(at),
            }
        except DatabaseError as trouble:
            _log.warning("gauges_failed", kind=type(trouble).__name__)
            return
        for name, value in values.items():
            if value is not None:
                yield GaugeMetricFamily(f"claudeonomics_{name}", _MEANINGS[name], value)

    def _reporting(self, at: datetime) -> dict[str, int | None]:
        found = self.people.now(at=at)
        if found is None:
            return {}
        return {
            "people_reporting_7d": found.people,
            "unclaimed_names": found.unclaimed_names,
            "unresolved_today": found.unresolved_today,
        }


intake = Intake()
_registry = CollectorRegistry()
_registry.register(_Installation())
_registry.register(intake)


def exposition() -> bytes:
    """Return the gauges in Prometheus' text format."""
    return generate_latest(_registry)
