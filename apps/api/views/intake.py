"""Usage in: records from collectors; never shut."""

import codecs
from collections.abc import Iterator
from itertools import chain
from typing import Any

import msgspec
from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, OpenApiRequest, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import bodies, shapes
from apps.api.authentication import IsSource, SourceTokenAuthentication
from apps.api.views.base import View
from apps.common import clock
from apps.common.errors import ApplicationError
from apps.usage import actions as usage
from apps.usage.formats import Rejected, Unreadable, UsageEvent, records

JSON = "application/json"
LINES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
# An array is decoded as a whole, so it may inflate less than lines may.
ARRAY_INFLATION = 4
# A record has at most 15 members; more commas than that are no records but a bomb.
_COMMAS_A_RECORD = 15


class UnsupportedMediaType(ApplicationError):
    """Raised for a body that is neither a JSON array nor lines of JSON."""

    code = "unsupported_media_type"
    status = 415
    title = "Send application/json or application/x-ndjson."


class NotRecords(ApplicationError):
    """Raised for JSON that is not a list of records."""

    code = "not_a_list"
    status = 422
    title = "Send an array of records, or one record a line as application/x-ndjson."


class NothingRead(Unreadable):
    """Raised when not one line could be read; carries what was wrong with each."""

    def __init__(self, rejected: list[dict[str, object]]) -> None:
        super().__init__("No line of this is JSON.")
        self.members = {"rejected": rejected}


class Records(View):
    """Where collectors send usage."""

    authentication_classes = (SourceTokenAuthentication,)
    permission_classes = (IsSource,)

    @extend_schema(
        operation_id="send_usage",
        parameters=[
            OpenApiParameter(
                "Content-Encoding", location=OpenApiParameter.HEADER, enum=["gzip", "zstd"]
            )
        ],
        request={
            JSON: shapes.UsageRecord(many=True),
            "application/x-ndjson": OpenApiRequest(shapes.UsageRecord),
        },
        responses={
            200: shapes.Ingested,
            **dict.fromkeys((400, 401, 413, 415, 422), shapes.Problem),
        },
    )
    def post(self, request: Request) -> Response:
        """Count new records once; each line that cannot be counted is named with a code."""
        source: Any = request.auth
        events = _events(request)
        result = usage.ingest(source=source, events=events, at=clock.now())
        rejected = [
            {"line": line.line, "code": line.code, "detail": line.detail}
            for line in result.rejected
        ]
        counted = result.accepted + result.duplicates
        if rejected and not counted and {line["code"] for line in rejected} == {"invalid_json"}:
            raise NothingRead(rejected)
        return Response(
            {"accepted": result.accepted, "duplicates": result.duplicates, "rejected": rejected}
        )


def _events(request: Request) -> Iterator[UsageEvent | Rejected]:
    """Return the events of the body; raises before anything is counted if it is no list of them."""
    media_type = (request.content_type or "").partition(";")[0].strip().lower()
    if media_type != JSON and media_type not in LINES:
        raise UnsupportedMediaType
    limit = settings.MAX_UPLOAD_BYTES
    body = bodies.wire_bytes(request._request, limit=limit)  # noqa: SLF001 - DRF's own wrapper
    inflation = ARRAY_INFLATION if media_type == JSON else bodies.INFLATION
    chunks = bodies.chunks_of(
        body, encoding=request.META.get("HTTP_CONTENT_ENCODING", ""), limit=limit * inflation
    )
    if media_type in LINES:
        lines = bodies.lines_of(chunks())
        first = next(lines, b"").removeprefix(codecs.BOM_UTF8)
        return records.read_lines(chain([first], lines))
    return _elements(b"".join(chunks()))


def _elements(array: bytes) -> Iterator[UsageEvent | Rejected]:
    array = array.removeprefix(codecs.BOM_UTF8).lstrip(b" \t\r\n")
    if not array.startswith(b"["):
        try:
            msgspec.json.decode(array)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            raise Unreadable("The body is not JSON.") from None
        raise NotRecords
    if array.count(b",") > bodies.MAX_LINES * _COMMAS_A_RECORD:
        raise bodies.TooLarge
    return records.read_json(array)
