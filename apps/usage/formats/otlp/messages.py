"""
The shapes of OTLP/JSON, as far as counting needs them; all else in a body is skipped.

Their names are those of the protobuf messages, so that one walk reads both
encodings. Protobuf's mapping to JSON lets every member be null, whole numbers be
texts and enumerations be names; OTLP wants camelCase and hex ids, of which none
is read here. Source: OpenTelemetry protocol 1.x, "JSON Protobuf Encoding".
"""

from typing import Any

import msgspec

Number = int | float | str | None


class Shape(msgspec.Struct, rename="camel", gc=False):
    """What all messages share: members in camelCase."""


class ArrayValue(Shape):
    """A list of values."""

    values: list["AnyValue | None"] | None = None


class KeyValueList(Shape):
    """Named values within a value."""

    values: list["KeyValue"] | None = None


class AnyValue(Shape):
    """A value, of which one member is given."""

    string_value: str | None = None
    bool_value: bool | None = None
    int_value: Number = None
    double_value: Number = None
    array_value: ArrayValue | None = None
    kvlist_value: KeyValueList | None = None
    bytes_value: str | None = None


class KeyValue(Shape):
    """An attribute."""

    key: str = ""
    value: AnyValue | None = None


Attributes = list[KeyValue] | None


class Resource(Shape):
    """What produced the telemetry."""

    attributes: Attributes = None


class Scope(Shape):
    """Which library within it."""

    name: str | None = None
    version: str | None = None
    attributes: Attributes = None


class LogRecord(Shape):
    """A log record; with a name, an event."""

    time_unix_nano: Number = None
    observed_time_unix_nano: Number = None
    body: AnyValue | None = None
    attributes: Attributes = None
    event_name: str | None = None


class ScopeLogs(Shape):
    """The records of one library."""

    scope: Scope | None = None
    log_records: list[LogRecord] | None = None


class ResourceLogs(Shape):
    """The records of one producer."""

    resource: Resource | None = None
    scope_logs: list[ScopeLogs] | None = None


class LogsRequest(Shape):
    """What is sent to `/v1/logs`."""

    resource_logs: list[ResourceLogs] | None = None


class Point(Shape):
    """A data point, of a number or of a histogram."""

    attributes: Attributes = None
    start_time_unix_nano: Number = None
    time_unix_nano: Number = None
    as_double: Number = None
    as_int: Number = None
    sum: Number = None
    flags: Number = None


class Data(Shape):
    """The points of a metric, of whatever kind."""

    data_points: list[Point] | None = None
    aggregation_temporality: Any = None
    is_monotonic: bool | None = None


class Metric(Shape):
    """A metric, with one kind of data."""

    name: str | None = None
    gauge: Data | None = None
    sum: Data | None = None
    histogram: Data | None = None
    exponential_histogram: Data | None = None
    summary: Data | None = None


class ScopeMetrics(Shape):
    """The metrics of one library."""

    scope: Scope | None = None
    metrics: list[Metric] | None = None


class ResourceMetrics(Shape):
    """The metrics of one producer."""

    resource: Resource | None = None
    scope_metrics: list[ScopeMetrics] | None = None


class MetricsRequest(Shape):
    """What is sent to `/v1/metrics`."""

    resource_metrics: list[ResourceMetrics] | None = None
