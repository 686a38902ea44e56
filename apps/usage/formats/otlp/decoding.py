"""
OTLP bodies decoded, from protobuf and from JSON, and what differs between the two in reading.

A body that cannot be decoded is refused as a whole: half of a message is none.
"""

import base64
import binascii
import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

from apps.usage.formats import Unreadable
from apps.usage.formats.fields import decoded
from apps.usage.formats.otlp import messages, room
from apps.usage.formats.otlp.mending import MOST_BYTES, mended
from apps.usage.formats.otlp.room import Hold

_DEEPEST = 8
"""Attributes nested deeper than this are read as nothing."""


class Encoding(StrEnum):
    """How a message is written, by its media type."""

    PROTOBUF = "application/x-protobuf"
    JSON = "application/json"


class Reader(NamedTuple):
    """What reads one encoding where the two differ."""

    plain: Callable[[Any], Any]
    """Returns a value as one of Python's own."""
    kind_of: Callable[[Any], str | None]
    """Returns which kind of data a metric has."""
    number_of: Callable[[Any, str], int | float | None]
    """Returns the number of a point of that kind of data, None without one."""
    temporality_of: Callable[[Any], int]
    """Returns 1 for deltas, 2 for what is cumulative, 0 for neither."""
    is_given: Callable[[Any], bool]
    """Tells whether there is any value in a value."""


def decoded_logs(body: bytes, encoding: Encoding, hold: Hold | None) -> tuple[Any, Reader]:
    """Return a request with logs, and what reads it; raises Unreadable, and what `hold` does."""
    if encoding is Encoding.JSON:
        return _from_json(body, messages.LogsRequest, hold), JSON
    return _from_protobuf(body, ExportLogsServiceRequest(), hold), PROTOBUF


def decoded_metrics(body: bytes, encoding: Encoding, hold: Hold | None) -> tuple[Any, Reader]:
    """Return a request with metrics, and what reads it; raises Unreadable, and what `hold` does."""
    if encoding is Encoding.JSON:
        return _from_json(body, messages.MetricsRequest, hold), JSON
    return _from_protobuf(body, ExportMetricsServiceRequest(), hold), PROTOBUF


def _from_protobuf(body: bytes, message: Any, hold: Hold | None) -> Any:
    if hold is not None:
        hold(room.of_protobuf(body))
    try:
        message.ParseFromString(body)
    except DecodeError:
        try:
            _parse_mended(body, message)
        except (DecodeError, ValueError):
            raise Unreadable("The body is not the protobuf message of this route.") from None
    return message


def _parse_mended(body: bytes, message: Any) -> None:
    if len(body) > MOST_BYTES:
        raise ValueError("This is too large to be mended.")
    message.Clear()
    message.ParseFromString(mended(body, message.DESCRIPTOR))


_decoders = {
    shape: msgspec.json.Decoder(shape) for shape in (messages.LogsRequest, messages.MetricsRequest)
}
_loose = msgspec.json.Decoder()
_SNAKES = [
    "resource_logs", "scope_logs", "log_records", "resource_metrics", "scope_metrics",
    "data_points", "time_unix_nano", "observed_time_unix_nano", "start_time_unix_nano",
    "event_name", "as_int", "as_double", "aggregation_temporality", "is_monotonic",
    "exponential_histogram", "string_value", "bool_value", "int_value", "double_value",
    "array_value", "kvlist_value", "bytes_value",
]  # fmt: skip
_CAMELS = {
    name: re.sub(r"_([a-z])", lambda found: found.group(1).upper(), name) for name in _SNAKES
}
_SNAKE_KEY = re.compile(('"(?:' + "|".join(_SNAKES) + ')"\\s*:').encode())


def _from_json(body: bytes, shape: Any, hold: Hold | None) -> Any:
    # Protobuf's mapping to JSON takes the names of the definition as well.
    is_loose = _SNAKE_KEY.search(body) is not None
    if hold is not None:
        hold(room.of_json(body, is_loose=is_loose))
    try:
        if is_loose:
            return msgspec.convert(_in_camels(decoded(_loose, body)), shape)
        return decoded(_decoders[shape], body)
    except (ValueError, RecursionError):
        raise Unreadable("The body is not the JSON message of this route.") from None


def _in_camels(raw: Any) -> Any:
    if isinstance(raw, list):
        return [_in_camels(each) for each in raw]
    if isinstance(raw, dict):
        return {_CAMELS.get(name, name): _in_camels(each) for name, each in raw.items()}
    return raw


def _plain_of_protobuf(value: Any, depth: int = 0) -> Any:
    kind = value.WhichOneof("value")
    if kind is None or depth > _DEEPEST:
        return None
    found = getattr(value, kind)
    if kind == "array_value":
        return [_plain_of_protobuf(each, depth + 1) for each in found.values]
    if kind == "kvlist_value":
        pairs = {each.key: _plain_of_protobuf(each.value, depth + 1) for each in found.values}
        return sorted(pairs.items())
    return found


def _plain_of_json(value: messages.AnyValue | None, depth: int = 0) -> Any:
    if value is None or depth > _DEEPEST:
        return None
    if value.string_value is not None:
        return value.string_value
    if value.bool_value is not None:
        return value.bool_value
    try:
        if value.int_value is not None:
            return int(value.int_value)
        if value.double_value is not None:
            return float(value.double_value)
        if value.bytes_value is not None:
            return base64.b64decode(value.bytes_value)
    except (ValueError, OverflowError, binascii.Error):
        return None
    return _nested_of_json(value, depth)


def _nested_of_json(value: messages.AnyValue, depth: int) -> Any:
    if value.array_value is not None:
        return [_plain_of_json(each, depth + 1) for each in value.array_value.values or ()]
    if value.kvlist_value is not None:
        found = value.kvlist_value.values or ()
        pairs = {each.key: _plain_of_json(each.value, depth + 1) for each in found}
        return sorted(pairs.items())
    return None


def _number_of_protobuf(point: Any, kind: str) -> int | float | None:
    if kind == "histogram":
        return point.sum if point.HasField("sum") else None
    which = point.WhichOneof("value")
    return None if which is None else getattr(point, which)


def _number_of_json(point: messages.Point, kind: str) -> int | float | None:
    if kind == "histogram":
        return None if point.sum is None else float(point.sum)
    if point.as_int is not None:
        return int(point.as_int)
    return None if point.as_double is None else float(point.as_double)


_KINDS = ("sum", "histogram", "gauge", "exponential_histogram", "summary")


def _kind_of_json(metric: messages.Metric) -> str | None:
    return next((kind for kind in _KINDS if getattr(metric, kind) is not None), None)


_TEMPORALITIES = {
    1: 1,
    2: 2,
    "1": 1,
    "2": 2,
    "AGGREGATION_TEMPORALITY_DELTA": 1,
    "AGGREGATION_TEMPORALITY_CUMULATIVE": 2,
}


def _temporality_of_json(data: messages.Data) -> int:
    told = data.aggregation_temporality
    return _TEMPORALITIES.get(told, 0) if isinstance(told, int | str) else 0


def _is_given(value: messages.AnyValue) -> bool:
    return any(member is not None for member in msgspec.structs.astuple(value))


PROTOBUF = Reader(
    _plain_of_protobuf,
    lambda metric: metric.WhichOneof("data"),
    _number_of_protobuf,
    lambda data: data.aggregation_temporality,
    lambda value: value.WhichOneof("value") is not None,
)
JSON = Reader(_plain_of_json, _kind_of_json, _number_of_json, _temporality_of_json, _is_given)
