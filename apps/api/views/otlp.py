"""
The OTLP/HTTP receiver: metrics and logs from exporters and collectors; never shut.

A request is decoded whole before anything is counted. What it reports is counted
once however often it is sent: an exporter that got no answer sends the same again.
Traces are taken and dropped unread, because exporters with one address for all
signals send them too and would log an error for each.
"""

from collections.abc import Callable, Iterator
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from apps.api import bodies, pressure
from apps.api.authentication import IsSource, SourceTokenAuthentication
from apps.api.otlp_answers import encoding_of, refused, taken
from apps.api.views.base import View
from apps.common import clock
from apps.common.errors import ApplicationError
from apps.usage import actions as usage
from apps.usage.formats import Reported, otlp
from apps.usage.formats.otlp import Encoding

MOST_BYTES = 16 * 1024 * 1024
# A message is decoded as a whole; as events are, 16 MiB take less than this.
MOST_ROOM = 320 * 1024 * 1024
# Exporters send some hundreds at a time, collectors some thousands.
MOST_RECORDS = 100_000

log = structlog.get_logger()


class NotOtlp(ApplicationError):
    """Raised for a body that is, by its content type, no OTLP."""

    code = "unsupported_media_type"
    status = 415
    title = "Send application/x-protobuf or application/json."


class Receiver(View):
    """What the receivers of all signals share: the source's token, bounds, and OTLP's answers."""

    authentication_classes = (SourceTokenAuthentication,)
    permission_classes = (IsSource,)
    signal: str
    read: Callable[..., Iterator[Reported]]

    def get_exception_handler(self) -> Any:
        """Answer errors as OTLP has them."""
        return refused

    @extend_schema(exclude=True)
    def post(self, request: Request) -> HttpResponse:
        """Count what an exporter reports; what cannot be counted is told as partial success."""
        source: Any = request.auth
        encoding = encoding_of(request.content_type)
        if encoding is None:
            raise NotOtlp
        usage.spend(source=source, requests=1, at=clock.now())
        with pressure.reading() as held:
            return self.counted(_body(request, held), encoding, source=source, held=held)

    def counted(
        self, body: bytes, encoding: Encoding, *, source: Any, held: pressure.Held
    ) -> HttpResponse:
        """Count a message and return what of it was not taken; raises TooLarge, Busy."""
        tally = otlp.Tally()
        found = type(self).read(body, encoding=encoding, tally=tally, hold=_Room(held))
        if tally.records + tally.groups > MOST_RECORDS:
            raise bodies.TooLarge
        usage.spend(source=source, records=tally.records, at=clock.now())
        result = usage.ingest(source=source, events=found, at=clock.now(), most_named=0)
        log.debug(
            "otlp.taken",
            signal=self.signal,
            accepted=result.accepted,
            duplicates=result.duplicates,
            rejected=result.refused.total(),
            ignored=tally.ignored,
            dropped=tally.dropped,
        )
        return taken(self.signal, result.refused, encoding)


class Metrics(Receiver):
    """Where exporters send metrics."""

    signal = "metrics"
    read = staticmethod(otlp.read_metrics)


class Logs(Receiver):
    """Where exporters send logs, among them events."""

    signal = "logs"
    read = staticmethod(otlp.read_logs)


class Traces(Receiver):
    """Where exporters send traces: taken and dropped, for they hold no usage of their own."""

    signal = "traces"

    def counted(
        self, body: bytes, encoding: Encoding, *, source: Any, held: pressure.Held
    ) -> HttpResponse:
        """Return that all was taken; the body is not decoded."""
        del body, source, held
        return taken(self.signal, {}, encoding)


class _Room:
    """Accounts for what a message takes once it is decoded; raises when it is too much."""

    def __init__(self, held: pressure.Held) -> None:
        self.held = held

    def __call__(self, size: int) -> None:
        """Account for so many bytes; raises TooLarge for what never fits, Busy for now."""
        if size > MOST_ROOM:
            raise bodies.TooLarge
        self.held.take(size)


def _body(request: Request, held: pressure.Held) -> bytes:
    """Return the inflated body; raises when it is too large or damaged."""
    plain: Any = request._request  # noqa: SLF001 - DRF's own wrapper
    limit = min(settings.MAX_UPLOAD_BYTES, MOST_BYTES)
    wire = bodies.wire_bytes(plain, limit=limit, account=held)
    told = request.META.get("HTTP_CONTENT_ENCODING", "")
    inflated = bodies.chunks_of(wire, encoding=told, limit=limit, most_lines=limit)
    held.take(inflated.size)
    return b"".join(inflated())
