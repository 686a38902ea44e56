"""
The first question of every request, whether this part is shut.

It is asked before sessions, sign-in, CSRF, method, Accept and existence, so
that a shut route answers everybody alike. If the question cannot be answered,
the part is shut. It touches no session and remembers nothing.
"""

import json
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from apps.shutter import queries
from apps.shutter.queries import Shuttered
from apps.shutter.scopes import scope_of

UNANSWERED = "Shuttered for now: it could not be determined that this part is open."

_log = structlog.get_logger()


class ShutterMiddleware:
    """Answers 503 for every request to a part that is shut, and lets all others pass."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the refusal of a shut part, or what lies behind."""
        message = _message_for(request)
        if message is not None:
            return refusal(request, message)
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer alike when the part was shut between this question and the gate's."""
        return refusal(request, error.detail) if isinstance(error, Shuttered) else None


def refusal(request: HttpRequest, message: str) -> HttpResponse:
    """Return the 503 of a shut part: the message for everyone, and nothing else."""
    if request.path_info.lower().startswith("/api"):
        problem = {
            "type": "about:blank",
            "title": Shuttered.title,
            "status": Shuttered.status,
            "code": Shuttered.code,
            "detail": message,
        }
        body, kind = json.dumps(problem), "application/problem+json"
    else:
        body = render_to_string("shutter/shut.html", {"message": message})
        kind = "text/html; charset=utf-8"
    answer = HttpResponse(
        b"" if request.method == "HEAD" else body, status=Shuttered.status, content_type=kind
    )
    answer["Cache-Control"] = "no-store, private"
    return answer


def _message_for(request: HttpRequest) -> str | None:
    """Return the message of the closure in the way, or None where nothing is shut."""
    scope = scope_of(request.path_info, request.method or "")
    if scope is None:
        return None
    try:
        return queries.shut_message(scope)
    except Exception as trouble:  # noqa: BLE001 - whatever went wrong, nothing may leave
        _log.error("shutter.unanswered", error=type(trouble).__name__)
        return UNANSWERED
