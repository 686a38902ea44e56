"""What all REST views share: nothing is stored by caches, and the viewer for the gate."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.api.problems import NO_STORE
from apps.api.rendering import OnlyJSON
from apps.common import clock
from apps.common.errors import Invalid
from apps.disclosure import gate
from apps.people import queries as people
from apps.people import second_factor

USUAL_DAYS = 30
USUAL_ROWS = 100
LONGEST_NAME = 40


class SignedIn(APIView):
    """A view that holds back whoever needs a second factor and has none, however they sign in."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Ask once it is known who asks."""
        super().initial(request, *args, **kwargs)
        if second_factor.is_missing(request.user):
            raise second_factor.SecondFactorRequired


class View(SignedIn):
    """A REST view: JSON whatever is accepted, no descriptions over OPTIONS, hardly ever cached."""

    content_negotiation_class = OnlyJSON
    metadata_class = None
    http_method_names = ("get", "head", "post", "put")

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Keep the answer out of every cache, unless it says otherwise itself."""
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer.headers.setdefault("Cache-Control", NO_STORE)
        return answer


def viewer_of(request: Request) -> gate.Viewer:
    """Return who asks, for the gate."""
    user: Any = request.user
    return gate.Viewer(
        user=user,
        role=people.role_of(user),
        channel="api",
        request_id=getattr(request._request, "request_id", ""),  # noqa: SLF001 - DRF's own wrapper
    )


def page(
    results: Sequence[Any],
    *,
    following: str | None = None,
    beside: Mapping[str, Any] | None = None,
) -> Response:
    """Return a page of results; `following` is the address of the next one."""
    return Response({**(beside or {}), "results": results, "next": following})


def limit_of(request: Request, *, most: int) -> int:
    """Return how many rows `limit` asks for, 100 by default; raises `Invalid` beyond the most."""
    text = request.query_params.get("limit", str(USUAL_ROWS))
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(most))
    if not (is_number and 1 <= int(text) <= most):
        raise Invalid(f"`limit` is a number from 1 to {most}.")
    return int(text)


def address_before(request: Request, last: str) -> str:
    """Return the address of what follows the last one that was shown."""
    query = request.query_params.copy()
    query["before"] = last
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def days_of(request: Request, *, at: datetime) -> tuple[date, date]:
    """Return the days that `from` and `to` ask for, both included; the last 30 by default."""
    until = day(request, "to") or clock.day_of(at)
    since = day(request, "from") or clock.days_before(until, USUAL_DAYS - 1)
    if since > until:
        raise Invalid("`from` must not lie after `to`.")
    return since, until


def day(request: Request, name: str) -> date | None:
    """Return the day that a parameter names, or None without it."""
    text = request.query_params.get(name)
    try:
        return clock.day_from(text) if text else None
    except ValueError:
        raise Invalid(
            f"`{name}` must be a day like 2026-11-20, from 1970-01-01 to 2200-12-31."
        ) from None


def require_known(request: Request, parameters: Sequence[OpenApiParameter]) -> None:
    """Raise `Invalid` for a query parameter beyond these: misspelt, it would widen the answer."""
    known = [parameter.name for parameter in parameters]
    for name in request.query_params:
        if name not in known:
            listed = ", ".join(f"`{each}`" for each in known)
            raise Invalid(f"`{name[:LONGEST_NAME]}` is no parameter here; there are {listed}.")


def members_of(request: Request, *names: str, required: Sequence[str] = ()) -> dict[str, str]:
    """Return the text members of a JSON object that was sent; others are refused."""
    sent = request.data
    if not isinstance(sent, dict):
        raise Invalid("Send a JSON object.")
    for name, value in sent.items():
        if name not in names:
            raise Invalid(f"Only {', '.join(f'`{known}`' for known in names)} can be sent.")
        if not isinstance(value, str):
            raise Invalid(f"`{name}` must be a text.")
    for name in required:
        if name not in sent:
            raise Invalid(f"`{name}` is required.")
    return dict(sent)
