"""The product's routes, and what they are measured against."""

from django.http import HttpResponse
from django.urls import include, path
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from apps.api import shapes
from apps.api.views.base import View, viewer_of
from apps.common import clock
from apps.disclosure import copies, gate


def empty(request):
    """An empty page for who is signed in: session and account are read, nothing else."""
    return HttpResponse(b"ok" if request.user.is_authenticated else b"?")


class Serialised(View):
    """The same copy behind the same gate, made anew each time and serialised by DRF."""

    renderer_classes = (JSONRenderer,)

    def get(self, request, slug):
        copies.forget()
        copy = gate.board_copy(viewer_of(request), slug, at=clock.now())
        window = {"from": copy.window_from, "to": copy.window_to}
        whole = {"board": copy.board, "as_of": copy.as_of, "window": window}
        return Response(shapes.Board({**whole, "rows": copy.rows, "you": copy.you}).data)


urlpatterns = [
    path("bench/empty", empty),
    path("bench/boards/<slug:slug>", Serialised.as_view()),
    path("", include("claudeonomics.urls")),
]
