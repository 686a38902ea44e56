"""The access log over REST, for auditors; reading it is written in it."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import shapes
from apps.api.views.base import View, address_before, day, limit_of, page, require_known, viewer_of
from apps.common import clock
from apps.disclosure import gate

_TEXTS = ("event", "outcome", "actor", "subject", "index", "before")
_PARAMETERS = [
    OpenApiParameter("event", description="An event, for example board.viewed."),
    OpenApiParameter("outcome", enum=shapes.OUTCOMES, description="What became of it."),
    OpenApiParameter("actor", description="Who acted: user:7, or an e-mail address."),
    OpenApiParameter("subject", description="About whom: user:7, or an e-mail address."),
    OpenApiParameter("since", OpenApiTypes.DATE, description="First day."),
    OpenApiParameter("until", OpenApiTypes.DATE, description="Last day."),
    OpenApiParameter("index", OpenApiTypes.INT, description="The entry at this place."),
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
        viewer, at = viewer_of(request), clock.now()
        with gate.of_readers(viewer, at=at):
            require_known(request, _PARAMETERS)
            limit = limit_of(request, most=gate.MOST_ENTRIES)
            search = gate.LogSearch(
                since=day(request, "since"),
                until=day(request, "until"),
                limit=limit,
                **{name: request.query_params.get(name) or None for name in _TEXTS},
            )
        entries = gate.audit_entries(viewer, search, at=at)
        following = address_before(request, str(entries[-1].id)) if len(entries) == limit else None
        return page(entries, following=following)
