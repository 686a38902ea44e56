"""One's own record over REST, and the one thing that one may change there: one's visibility."""

from datetime import timedelta

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import shapes
from apps.api.views.base import (
    USUAL_DAYS,
    View,
    day,
    days_of,
    members_of,
    page,
    require_known,
    viewer_of,
)
from apps.common import clock
from apps.disclosure import gate
from apps.rights import actions as rights

LOOKS_DAYS = 90
_BUCKETS = (
    "uncached_input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "total_tokens",
    "cost_micros",
)
_DAYS = [
    OpenApiParameter("from", OpenApiTypes.DATE, description="First day; 30 days by default."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Last day; today by default."),
]
_LOOKS = [
    OpenApiParameter("from", OpenApiTypes.DATE, description="First day; 90 days by default."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Last day; today by default."),
]
_SINCE = OpenApiParameter("from", OpenApiTypes.DATE, description="First day.")
_BY = OpenApiParameter("by", description="Some of day, model, tool, with commas; day by default.")
_USAGE = [*_DAYS, _BY]


class Me(View):
    """One's own account."""

    @extend_schema(operation_id="me", responses=shapes.Me)
    def get(self, request: Request) -> Response:
        """Return one's own account."""
        profile = gate.own_profile(viewer_of(request), at=clock.now())
        return Response(
            {
                "email": profile.email,
                "name": profile.name,
                "role": profile.role,
                "team": profile.team,
                "visibility": profile.visibility,
            }
        )


class Usage(View):
    """One's own usage, exact."""

    @extend_schema(
        operation_id="my_usage",
        parameters=_USAGE,
        responses={
            200: shapes.page_of(
                shapes.UsageRow,
                **{
                    "from": serializers.DateField(),
                    "to": serializers.DateField(),
                    "by": serializers.ListField(child=serializers.CharField()),
                },
            ),
            400: shapes.Problem,
        },
    )
    def get(self, request: Request) -> Response:
        """Return one's own tokens and cost per day, model, tool; other parameters are refused."""
        require_known(request, _USAGE)
        at = clock.now()
        since, until = days_of(request, at=at)
        by = tuple(request.query_params.get("by", "day").split(","))
        rows = gate.own_record(viewer_of(request), since=since, until=until, by=by, at=at)
        results = [row.keys | {name: getattr(row, name) for name in _BUCKETS} for row in rows]
        return page(results, beside={"from": since, "to": until, "by": by})


class Badges(View):
    """Every badge, as far as oneself is concerned."""

    @extend_schema(operation_id="my_badges", responses=shapes.page_of(shapes.OwnBadge))
    def get(self, request: Request) -> Response:
        """Return the badges that one holds and how far one is towards the others."""
        records = gate.own_badges(viewer_of(request), at=clock.now())
        return page(
            [
                {
                    "slug": record.slug,
                    "title": record.title,
                    "tier": record.tier,
                    "description": record.description,
                    "held_since": record.held_since,
                    "progress_thousandths": record.progress_thousandths,
                    "evidence": record.evidence,
                }
                for record in records
            ]
        )


class Standings(View):
    """Where one stands."""

    @extend_schema(operation_id="my_standings", responses=shapes.page_of(shapes.Standing))
    def get(self, request: Request) -> Response:
        """Return one's own rank on each board, as of now."""
        standings = gate.own_standings(viewer_of(request), at=clock.now())
        return page(
            [
                {
                    "board": standing.board_slug,
                    "title": standing.title,
                    "measure": standing.measure,
                    "rank": standing.rank,
                    "of": standing.of,
                    "percentile": standing.percentile,
                    "distance_to_next": standing.distance_to_next,
                }
                for standing in standings
            ]
        )


class Sessions(View):
    """One's own sittings."""

    @extend_schema(
        operation_id="my_sessions", parameters=[_SINCE], responses=shapes.page_of(shapes.Session)
    )
    def get(self, request: Request) -> Response:
        """Return one's own sessions, newest first."""
        require_known(request, [_SINCE])
        at = clock.now()
        first = day(request, "from")
        since = clock.start_of(first) if first else at - timedelta(days=USUAL_DAYS)
        sessions = gate.own_sessions(viewer_of(request), since=since, at=at)
        return page(
            [
                {
                    "first_at": session.first_at,
                    "last_at": session.last_at,
                    "active_seconds": session.active_seconds,
                    "total_tokens": session.total_tokens,
                }
                for session in sessions
            ]
        )


class Disclosures(View):
    """Who looked."""

    @extend_schema(operation_id="my_disclosures", parameters=_LOOKS, responses=shapes.Disclosures)
    def get(self, request: Request) -> Response:
        """
        Return who saw a row of one's own, when, on what board and as what.

        Each look has its index in the log; of the newest 20,000 looks at boards at most.
        """
        require_known(request, _LOOKS)
        at = clock.now()
        since = day(request, "from") or clock.days_before(clock.day_of(at), LOOKS_DAYS)
        looks = gate.own_disclosures(
            viewer_of(request), since=since, until=day(request, "to"), at=at
        )
        return Response(looks)


class Visibility(View):
    """How one takes part; never shut."""

    @extend_schema(
        operation_id="choose_visibility",
        request=shapes.VisibilityShape,
        responses=shapes.VisibilityShape,
    )
    def put(self, request: Request) -> Response:
        """Choose to be private, pseudonymous or named; it takes effect at once."""
        chosen = members_of(request, "visibility", required=["visibility"])["visibility"]
        rights.choose_visibility(user=request.user, visibility=chosen, at=clock.now())
        return Response({"visibility": chosen})
