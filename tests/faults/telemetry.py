"""What exporters of metrics send in the same month: counters in steps, and counters that grow."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from tests.faults.month import DAYS, Month

SOURCE = "telemetry"
PEOPLE = 30
_MINUTES = 12
_DELTA, _CUMULATIVE = 1, 2
_TYPES = {
    "input": "uncached_input_tokens",
    "output": "output_tokens",
    "cacheRead": "cache_read_tokens",
    "cacheCreation": "cache_write_5m_tokens",
}
_MODEL, _TOOL = "claude-opus-4-6", "claude-code"


@dataclass(frozen=True)
class Export:
    """One message of an exporter, OTLP/JSON."""

    message: str
    points: int
    source: str = SOURCE
    path: str = "/otlp/v1/metrics"
    content_type: str = "application/json"

    def packed(self) -> bytes:
        """Return the body, as it is sent."""
        return gzip.compress(self.message.encode(), compresslevel=1)


def exports(month: Month, sessions: int) -> list[Export]:
    """Invent so many sessions and add them to the month's truth; some messages come twice."""
    chance = month.chance
    made = [each for number in range(sessions) for each in _session(month, number)]
    made += [each for each in made if chance.random() < 0.3]
    chance.shuffle(made)
    return made


def _session(month: Month, number: int) -> Iterator[Export]:
    """Yield the messages of a session, one a minute; half of the sessions tell sums so far."""
    chance: Random = month.chance
    person = f"t{number % PEOPLE}@corp.example"
    begin = month.first + timedelta(seconds=chance.randrange(DAYS * 86_400 - _MINUTES * 60))
    temporality = _DELTA if number % 2 else _CUMULATIVE
    so_far = dict.fromkeys(_TYPES, 0)
    for minute in range(1, _MINUTES + 1):
        until = begin + timedelta(minutes=minute)
        since = begin if temporality == _CUMULATIVE else until - timedelta(minutes=1)
        points = []
        for kind, bucket in _TYPES.items():
            step = chance.randrange(1, 5_000)
            so_far[kind] += step
            value = so_far[kind] if temporality == _CUMULATIVE else step
            attributes = {"user.email": person, "session.id": f"o{number}", "model": _MODEL,
                          "type": kind}  # fmt: skip
            points.append(_point(value, attributes, since=since, until=until))
            month.truth.by_key[str(until.date()), _MODEL, _TOOL, bucket] += step
            month.truth.by_person[person] += step
        month.truth.delta_points += len(points) * (temporality == _DELTA)
        month.truth.cumulative_points += len(points) * (temporality == _CUMULATIVE)
        yield Export(json.dumps(_message(points, temporality)), len(points))


def _point(value, attributes, *, since, until) -> dict:
    return {
        "attributes": [{"key": k, "value": {"stringValue": v}} for k, v in attributes.items()],
        "startTimeUnixNano": str(int(since.timestamp()) * 10**9),
        "timeUnixNano": str(int(until.timestamp()) * 10**9),
        "asInt": str(value),
    }


def _message(points: list[dict], temporality: int) -> dict:
    counter = {"aggregationTemporality": temporality, "isMonotonic": True, "dataPoints": points}
    name = [{"key": "service.name", "value": {"stringValue": _TOOL}}]
    metric = {"name": "claude_code.token.usage", "unit": "tokens", "sum": counter}
    scope = {"scope": {"name": "com.anthropic.claude_code"}, "metrics": [metric]}
    return {"resourceMetrics": [{"resource": {"attributes": name}, "scopeMetrics": [scope]}]}
