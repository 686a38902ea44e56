"""
Answers as OTLP/HTTP has them: an export's response, or a `google.rpc.Status`, as it was asked.

An exporter sends again what was answered with 429 or 503 and drops what was
answered with another refusal, also with 500; it never looks at anything but the status, so
what the messages say is for whoever reads its log: codes and counts, nothing
of what was sent. Source: OpenTelemetry protocol 1.x, "OTLP/HTTP Response".
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpResponse
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceResponse,
)

from apps.api import problems
from apps.usage.formats.otlp import Encoding
from apps.usage.formats.otlp.mending import varint

# What google.rpc.Code calls the statuses.
_RPC_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 405: 12, 413: 8, 415: 3, 422: 3, 429: 8, 503: 14}
_RPC_INTERNAL = 13
_FAILED, _UNAVAILABLE = 500, 503
# A fault of ours may pass or be mended; what is sent until then comes again this late.
_PAUSE = 30
_CODE_FIELD, _MESSAGE_FIELD = 0x08, 0x12


def taken(signal: str, rejected: Mapping[str, int], encoding: Encoding) -> HttpResponse:
    """Return the answer to an export: empty when all of it was taken, else how much was not."""
    message = ", ".join(f"{code}: {count}" for code, count in sorted(rejected.items()))
    partial = _partial_json if encoding is Encoding.JSON else _partial_protobuf
    return _answer(partial(signal, sum(rejected.values()), message), encoding)


def _partial_json(signal: str, count: int, message: str) -> bytes:
    if not count:
        return b"{}"
    name = "rejectedLogRecords" if signal == "logs" else "rejectedDataPoints"
    # Protobuf's mapping to JSON writes whole numbers of 64 bits as texts.
    return msgspec.json.encode({"partialSuccess": {name: str(count), "errorMessage": message}})


def _partial_protobuf(signal: str, count: int, message: str) -> bytes:
    if not count:
        # A message without members is no bytes, whichever signal it answers.
        return b""
    response: Any
    if signal == "logs":
        response = ExportLogsServiceResponse()
        response.partial_success.rejected_log_records = count
    else:
        response = ExportMetricsServiceResponse()
        response.partial_success.rejected_data_points = count
    response.partial_success.error_message = message
    return bytes(response.SerializeToString())


def refused(error: Exception, context: dict[str, Any]) -> HttpResponse:
    """Return the answer for an error of a receiver, in the encoding of its request."""
    told = problems.exception_handler(error, context)
    encoding = encoding_of(context["request"].content_type) or Encoding.JSON
    if told.status_code == _FAILED:
        told.status_code = _UNAVAILABLE
        told.headers["Retry-After"] = str(_PAUSE)
    code = _RPC_CODES.get(told.status_code, _RPC_INTERNAL)
    message = f"{told.data['code']}: {told.data['detail']}"
    if encoding is Encoding.JSON:
        body = msgspec.json.encode({"code": code, "message": message})
    else:
        body = _status(code, message.encode())
    answer = _answer(body, encoding, status=told.status_code)
    for name in ("Retry-After", "WWW-Authenticate"):
        if name in told.headers:
            answer.headers[name] = told.headers[name]
    return answer


def encoding_of(content_type: str | None) -> Encoding | None:
    """Return the encoding that a content type names, None for any other."""
    told = (content_type or "").partition(";")[0].strip().lower()
    return next((each for each in Encoding if each.value == told), None)


def _status(code: int, message: bytes) -> bytes:
    """Return a `google.rpc.Status`: its definition is no part of what is installed."""
    return bytes([_CODE_FIELD, code, _MESSAGE_FIELD]) + varint(len(message)) + message


def _answer(body: bytes, encoding: Encoding, *, status: int = 200) -> HttpResponse:
    return HttpResponse(body, status=status, content_type=encoding.value)
