"""The access log over REST, for auditors; reading it is written in it."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import shapes
from apps.api.views.base import View, day, page, require_known, viewer_of
from apps.common import clock
from apps.common.errors import Invalid
from apps.disclosure import gate

USUAL = 100
_TEXTS = ("event", "actor", "subject", "before")
_PARAMETERS = [
    OpenApiParameter("event", description="An event, for example board.viewed."),
    OpenApiParameter("actor", description="Who acted, for example user:7."),
    OpenApiParameter("subject", description="About whom, for example user:7."),
    OpenApiParameter("since", OpenApiTypes.DATE, description="First day."),
    OpenApiParameter("until", OpenApiTypes.DATE, description="Last day."),
    OpenApiParameter("before", OpenApiTypes.UUID, description="Entries older than this one."),
    OpenApiParameter("limit", OpenApiTypes.INT, description="At most so many, up to 200."),
]


class Events(View):
    """The log's entries."""

    @extend_schema(
        operation_id="audit_events",
        parameters=_PARAMETERS,
        responses={200: shapes.page_of(shapes.LogEntry), 400: shapes.Problem},
    )
    def get(self, request: Request) -> Response:
        """
        Return entries, newest first; `next` is the address of the older ones.

        Other parameters are refused.
        """
        require_known(request, _PARAMETERS)
        limit = _limit(request)
        search = {name: request.query_params.get(name) or None for name in _TEXTS}
        entries = gate.audit_entries(
            viewer_of(request),
            since=day(request, "since"),
            until=day(request, "until"),
            limit=limit,
            at=clock.now(),
            **search,
        )
        following = _address_before(request, str(entries[-1].id)) if len(entries) == limit else None
        return page(entries, following=following)


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", str(USUAL))
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= gate.MOST_ENTRIES):
        raise Invalid(f"`limit` is a number from 1 to {gate.MOST_ENTRIES}.")
    return int(text)


def _address_before(request: Request, entry: str) -> str:
    query = request.query_params.copy()
    query["before"] = entry
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
