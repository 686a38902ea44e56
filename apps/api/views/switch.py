"""The kill switch over REST: anyone may ask how it stands; who may close a scope closes it."""

from django.db import DatabaseError
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.api import shapes
from apps.api.views.base import View, members_of, viewer_of
from apps.common import clock
from apps.common.errors import Invalid
from apps.disclosure.gate import Unavailable
from apps.shutter import actions as shutter
from apps.shutter import queries
from apps.shutter.scopes import ScopeName


class Status(View):
    """What is open."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(operation_id="status", responses=shapes.Status, auth=[])
    def get(self, request: Request) -> Response:
        """Return what is open and what is shut, to anyone."""
        del request
        try:
            states = queries.status()
        except DatabaseError:
            raise Unavailable from None
        return Response({name: state.as_json() for name, state in states.items()})


class Closures(View):
    """Closing; reopening takes two people, signed in."""

    @extend_schema(operation_id="close", request=shapes.NewClosure, responses={201: shapes.Closure})
    def post(self, request: Request) -> Response:
        """Close a scope at once; closing what is closed changes nothing."""
        sent = members_of(request, "scope", "reason", "message", required=["scope"])
        if sent["scope"] not in set(ScopeName):
            raise Invalid("`scope` is boards, reports or all.")
        closure = shutter.close(
            scope=ScopeName(sent["scope"]),
            actor=viewer_of(request).actor,
            at=clock.now(),
            reason=sent.get("reason", ""),
            message=sent.get("message", ""),
        )
        body = {
            "scope": closure.scope,
            "state": "shuttered",
            "since": closure.closed_at,
            "message": closure.message,
        }
        return Response(body, status=201)
