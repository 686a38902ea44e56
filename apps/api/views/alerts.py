"""Alerts over REST, for auditors; reading them is written in the log."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import shapes
from apps.api.views.base import (
    View,
    address_before,
    limit_of,
    page,
    require_known,
    viewer_of,
)
from apps.common import clock
from apps.disclosure import gate

_PARAMETERS = [
    OpenApiParameter("before", OpenApiTypes.UUID, description="Alerts that follow this one."),
    OpenApiParameter("limit", OpenApiTypes.INT, description="At most so many, up to 200."),
]


class Alerts(View):
    """What looks like scraping, or like trouble with the log."""

    @extend_schema(
        operation_id="audit_alerts",
        parameters=_PARAMETERS,
        responses={200: shapes.page_of(shapes.Alert), 400: shapes.Problem},
    )
    def get(self, request: Request) -> Response:
        """
        Return alerts, open ones first, each part newest first; `next` leads to the others.

        Other parameters are refused.
        """
        viewer, at = viewer_of(request), clock.now()
        with gate.of_readers(viewer, at=at):
            require_known(request, _PARAMETERS)
            limit = limit_of(request, most=gate.MOST_ALERTS)
        before = request.query_params.get("before") or None
        found = gate.alerts(viewer, before=before, limit=limit, at=at)
        following = address_before(request, str(found[-1].id)) if len(found) == limit else None
        return page(found, following=following)
