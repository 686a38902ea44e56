"""Boards over REST: the viewer's own copy, rendered by the gate."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import shapes
from apps.api.views.base import View, page, viewer_of
from apps.common import clock
from apps.disclosure import gate


class Boards(View):
    """The boards that one may see."""

    @extend_schema(operation_id="boards", responses=shapes.page_of(shapes.BoardListed))
    def get(self, request: Request) -> Response:
        """Return the boards that were granted to one."""
        cards = gate.boards(viewer_of(request), at=clock.now())
        return page(
            [
                {
                    "slug": card.slug,
                    "title": card.title,
                    "kind": card.kind,
                    "measure": card.measure,
                    "lane": card.lane,
                    "window_days": card.window_days,
                    "as_of": card.as_of,
                }
                for card in cards
            ]
        )


class Board(View):
    """One board."""

    @extend_schema(operation_id="board", responses={200: shapes.Board, 404: shapes.Problem})
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Return one's own copy; 404 alike for a board that is not there and one not granted."""
        copy = gate.board_copy(viewer_of(request), slug, at=clock.now())
        return HttpResponse(copy.json, content_type="application/json")
