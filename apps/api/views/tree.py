"""
The log's tree over HTTP, as C2SP tlog-tiles and tlog-proof have it; never shut.

Whoever is signed in follows the head, fetches every tile and proves what concerns
them. Entries themselves are for auditors; to all others they do not exist.
"""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from apps.api import shapes
from apps.api.views.base import View, viewer_of
from apps.common import clock
from apps.disclosure import gate

TEXT, BYTES = "text/plain; charset=utf-8", "application/octet-stream"
# A head is published each second in which the log grew.
_FOR_A_SECOND = "private, max-age=1"
_FOR_EVER = "private, max-age=31536000, immutable"
_ABSENT = {404: shapes.Problem}
_TEXT: Any = {(200, "text/plain"): OpenApiTypes.STR, **_ABSENT}
_BYTES: Any = {(200, BYTES): OpenApiTypes.BINARY, **_ABSENT}


class Checkpoint(View):
    """The newest head."""

    @extend_schema(operation_id="audit_checkpoint", responses=_TEXT)
    def get(self, request: Request) -> HttpResponse:
        """Return the newest checkpoint, a signed note with the lines of the witnesses."""
        del request
        return _answer(gate.checkpoint(), TEXT, cache=_FOR_A_SECOND)


class Tile(View):
    """The hashes of the tree."""

    @extend_schema(
        operation_id="audit_tile",
        parameters=[
            OpenApiParameter(
                "name",
                location="path",
                description="Level and number: `0/x001/067` or `1/000.p/5`.",
            )
        ],
        responses=_BYTES,
    )
    def get(self, request: Request, name: str) -> HttpResponse:
        """Return a tile: up to 256 hashes of 32 bytes."""
        del request
        return _answer(gate.tile(f"tile/{name}"), BYTES, cache=_FOR_EVER)


class Bundle(View):
    """The entries themselves, for auditors; reading them is written in the log."""

    @extend_schema(
        operation_id="audit_entries",
        parameters=[
            OpenApiParameter(
                "name", location="path", description="Number: `x001/067` or `000.p/5`."
            )
        ],
        responses=_BYTES,
    )
    def get(self, request: Request, name: str) -> HttpResponse:
        """Return up to 256 entries, each with its length before it (two bytes, big endian)."""
        found = gate.entry_bundle(viewer_of(request), f"tile/entries/{name}", at=clock.now())
        return _answer(found, BYTES, cache=_FOR_EVER)


class Proof(View):
    """That an entry stands in the log."""

    @extend_schema(
        operation_id="audit_proof",
        parameters=[
            OpenApiParameter("name", location="path", description="The entry's index, or its id.")
        ],
        responses=_TEXT,
    )
    def get(self, request: Request, name: str) -> HttpResponse:
        """
        Return a tlog-proof file that convinces without asking anybody.

        It has the entry's bytes in `extra` for whoever acted, for the person of whom
        it tells, and for auditors, whose reading is written in the log.
        """
        found = gate.proof(viewer_of(request), name, at=clock.now())
        answer = _answer(found.text, TEXT)
        answer.headers["Content-Disposition"] = f'attachment; filename="{found.index}.tlog-proof"'
        return answer


class LogKey(View):
    """The key of the log."""

    @extend_schema(operation_id="audit_log_key", responses=_TEXT)
    def get(self, request: Request) -> HttpResponse:
        """Return the key that verifies checkpoints, as C2SP signed-note writes it."""
        del request
        return _answer(f"{gate.log_vkey()}\n", TEXT)


class ReceiptsKey(View):
    """The key of the receipts."""

    @extend_schema(operation_id="audit_receipts_key", responses=_TEXT)
    def get(self, request: Request) -> HttpResponse:
        """Return the key that verifies receipts, as C2SP signed-note writes it."""
        del request
        return _answer(f"{gate.receipts_vkey()}\n", TEXT)


def _answer(body: str | bytes, kind: str, *, cache: str = "") -> HttpResponse:
    """Return the body as it is; without words about caches the answer stays out of them."""
    return HttpResponse(body, content_type=kind, headers={"Cache-Control": cache} if cache else {})
