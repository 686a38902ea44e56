"""
How a page answers: never stored by caches, errors as calm pages without details.

What the shutter refuses is answered by the shutter itself, so that nothing on a
shut page depends on who asked for what.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from apps.common.errors import ApplicationError
from apps.disclosure import gate
from apps.people import queries as people
from apps.shutter.queries import Shuttered

Page = Callable[..., HttpResponseBase]


def account(request: HttpRequest) -> Any:
    """Return the account that is signed in; nobody else gets as far as a page."""
    return request.user


def viewer(request: HttpRequest) -> gate.Viewer:
    """Return who looks, in which role, for the gate."""
    return gate.Viewer(
        user=account(request),
        role=people.role_of(account(request)),
        channel="page",
        request_id=getattr(request, "request_id", ""),
    )


def page(view: Page) -> Page:
    """Turn the errors of the rooms below into pages, and keep every page out of caches."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Return the view's page, or the page for its error."""
        try:
            response = view(request, *args, **kwargs)
        except Shuttered:
            raise
        except ApplicationError as error:
            response = refused(request, error)
        response.headers["Cache-Control"] = "no-store, private"
        return response

    return answer


def refused(request: HttpRequest, error: ApplicationError) -> HttpResponse:
    """Return the page for an error: what does not exist and what may not be known look alike."""
    templates = {404: "404.html", 403: "403.html"}
    name = templates.get(error.status, "web/refused.html")
    return render(request, name, {"error": error}, status=error.status)
