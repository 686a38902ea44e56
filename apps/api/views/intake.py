"""Usage in: records from collectors; never shut."""

import uuid
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, OpenApiRequest, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from apps.api import bodies, intake_shapes, pressure, shapes
from apps.api.authentication import IsSource, SourceTokenAuthentication
from apps.api.views.base import View
from apps.common import clock
from apps.common.errors import ApplicationError
from apps.usage import actions as usage
from apps.usage.formats import Unreadable
from apps.usage.reading import forms
from apps.usage.reading.forms import Form
from apps.usage.reading.inflation import known_encoding

FORMS = {
    "application/json": Form.ARRAY,
    "application/x-ndjson": Form.LINES,
    "application/ndjson": Form.LINES,
    "application/jsonl": Form.LINES,
}
# An array is decoded as a whole, so it may inflate less than lines may.
ARRAY_INFLATION = 4
RESPOND_ASYNC = "respond-async"


class UnsupportedMediaType(ApplicationError):
    """Raised for a body that is neither a JSON array nor lines of JSON."""

    code = "unsupported_media_type"
    status = 415
    title = "Send application/json or application/x-ndjson."


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
            ),
            OpenApiParameter("Prefer", location=OpenApiParameter.HEADER, enum=[RESPOND_ASYNC]),
        ],
        request={
            "application/json": intake_shapes.UsageRecord(many=True),
            "application/x-ndjson": OpenApiRequest(intake_shapes.UsageRecord),
        },
        responses={
            200: intake_shapes.Ingested,
            202: intake_shapes.UploadReceived,
            **dict.fromkeys((400, 401, 413, 415, 422, 429, 503), shapes.Problem),
        },
    )
    def post(self, request: Request) -> Response:
        """Count new records once; each line that cannot be counted is named with a code."""
        usage.spend(source=_source(request), requests=1, at=clock.now())
        with pressure.reading() as held:
            return _Sent(request).answer(held)


class Upload(View):
    """Where collectors ask what became of a large upload."""

    authentication_classes = (SourceTokenAuthentication,)
    permission_classes = (IsSource,)

    @extend_schema(
        operation_id="read_upload",
        responses={
            200: intake_shapes.Upload,
            **dict.fromkeys((401, 404), shapes.Problem),
        },
    )
    def get(self, request: Request, upload_id: uuid.UUID) -> Response:
        """Tell how far an upload of this source is, and what became of its lines."""
        return Response(usage.upload(upload_id, source=_source(request)))


class _Sent:
    """One upload on its way in: what it says of itself, then what it holds."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.source = _source(request)
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        if media_type not in FORMS:
            raise UnsupportedMediaType
        self.form = FORMS[media_type]
        self.encoding = known_encoding(request.META.get("HTTP_CONTENT_ENCODING", ""))
        self.is_asked_to_wait = _prefers(request, RESPOND_ASYNC)

    def answer(self, held: pressure.Held) -> Response:
        """Read the body, then count it at once or keep it for later."""
        plain: Any = self.request._request  # noqa: SLF001 - DRF's own wrapper
        limit = settings.MAX_UPLOAD_BYTES
        declared = bodies.declared_bytes(plain)
        if self.is_asked_to_wait or declared > settings.INLINE_UPLOAD_BYTES:
            usage.require_room(min(declared, limit), source=self.source)
        body = bodies.wire_bytes(plain, limit=limit, account=held)
        held.take(bodies.KEPT_BYTES if self.encoding else min(len(body), bodies.KEPT_BYTES))
        inflation = ARRAY_INFLATION if self.form is Form.ARRAY else bodies.INFLATION
        inflated = bodies.chunks_of(body, encoding=self.encoding, limit=limit * inflation)
        records = forms.record_count(inflated, self.form)
        usage.spend(source=self.source, records=records, at=clock.now())
        is_large = inflated.size > settings.INLINE_UPLOAD_BYTES
        if (is_large or self.is_asked_to_wait) and forms.may_be_read(inflated(), self.form):
            return self._kept(body)
        if self.form is Form.ARRAY:
            held.take(inflated.size)
        return self._counted(inflated)

    def _kept(self, body: bytes) -> Response:
        upload = usage.receive(
            body, source=self.source, form=self.form, encoding=self.encoding, at=clock.now()
        )
        where = reverse("api-usage-upload", kwargs={"upload_id": upload.id}, request=self.request)
        headers = {"Location": where}
        if self.is_asked_to_wait:
            headers["Preference-Applied"] = RESPOND_ASYNC
        told = {"id": upload.id, "state": upload.state, "status_url": where}
        return Response(told, status=202, headers=headers)

    def _counted(self, inflated: bodies.Inflated) -> Response:
        events = forms.events_of(inflated(), self.form)
        result = usage.ingest(source=self.source, events=events, at=clock.now())
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


def _source(request: Request) -> Any:
    return request.auth


def _prefers(request: Request, preference: str) -> bool:
    """Tell whether a preference is among those of `Prefer` (RFC 7240)."""
    asked = request.META.get("HTTP_PREFER", "").lower().split(",")
    return any(each.partition(";")[0].strip() == preference for each in asked)
