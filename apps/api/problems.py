"""
Errors as RFC 9457 problems, with a stable machine code.

What does not exist and what the asker may not know of get the same answer.
Nothing of an unexpected error is told, and of it only the kind is logged: its
message could quote what was sent.
"""

from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response

from apps.api.rendering import JSONRenderer
from apps.common.errors import ApplicationError, NotFound, Refused

MEDIA_TYPE = "application/problem+json"
NO_STORE = "no-store, private"
_AWAY = "The database does not answer; send this again in a moment."
_PAUSE = 5
log = structlog.get_logger()

_CODES: dict[type[exceptions.APIException], str] = {
    exceptions.ParseError: "invalid",
    exceptions.ValidationError: "invalid",
    exceptions.AuthenticationFailed: "wrong_token",
    exceptions.NotAuthenticated: "not_signed_in",
    exceptions.PermissionDenied: "refused",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.Throttled: "too_many_requests",
}


def problem(status: int, *, code: str, detail: str, title: str = "", **more: Any) -> dict[str, Any]:
    """Return the members of a problem; `more` are extension members."""
    return {
        "type": "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        **more,
    }


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Return the answer for an error of a view; of an unexpected one only the kind is logged."""
    del context
    if isinstance(error, Http404):
        error = NotFound()
    if isinstance(error, PermissionDenied):
        error = Refused()
    if isinstance(error, ApplicationError):
        more = getattr(error, "members", {})
        body = problem(
            error.status, code=error.code, title=error.title, detail=error.detail, **more
        )
        return _response(body, headers=_waiting(getattr(error, "retry_after", None)))
    if isinstance(error, exceptions.APIException):
        return _response(_of_framework(error), headers=_headers(error))
    log.error("api.failed", kind=type(error).__name__)
    if isinstance(error, OperationalError | InterfaceError):
        return _response(problem(503, code="unavailable", detail=_AWAY), headers=_waiting(_PAUSE))
    return _response(problem(500, code="failed", detail="Something went wrong on our side."))


def unknown_route(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Answer a route that does not exist as what may not be seen is answered."""
    del request, args, kwargs
    return plain(NotFound.status, code=NotFound.code, title=NotFound.title, detail=NotFound.title)


def plain(status: int, *, code: str, detail: str, title: str = "") -> HttpResponse:
    """Return a problem outside of the REST framework (unknown routes, failed requests)."""
    return as_http(_response(problem(status, code=code, title=title, detail=detail)))


def as_http(answer: Response) -> HttpResponse:
    """Return the problem rendered, for views that render something else than JSON."""
    body = JSONRenderer().render(answer.data)
    headers = {**answer.headers, "Content-Type": MEDIA_TYPE, "Cache-Control": NO_STORE}
    return HttpResponse(body, status=answer.status_code, headers=headers)


def _of_framework(error: exceptions.APIException) -> dict[str, Any]:
    code = next((code for kind, code in _CODES.items() if isinstance(error, kind)), "error")
    # A validation error's details are a tree; the sentence is what a person needs.
    detail = error.detail if isinstance(error.detail, str) else "What was sent is not valid."
    return problem(error.status_code, code=code, detail=str(detail))


def _headers(error: exceptions.APIException) -> dict[str, str]:
    header = getattr(error, "auth_header", None)
    return {"WWW-Authenticate": header} if header else {}


def _waiting(seconds: int | None) -> dict[str, str]:
    """Return the header that says after how many seconds to come again (RFC 9110, 10.2.3)."""
    return {"Retry-After": str(seconds)} if seconds is not None else {}


def _response(body: dict[str, Any], *, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)
