"""A handful of gauges for Prometheus, without labels: labels are where names would creep in."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from apps.operations import probes


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


_registry = CollectorRegistry()
_registry.register(_Installation())


def exposition() -> bytes:
    """Return the gauges in Prometheus' text format."""
    return generate_latest(_registry)
