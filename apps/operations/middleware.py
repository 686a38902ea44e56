"""
What every request passes: its log line, that nobody else keeps its answer, no body for HEAD.

The line holds method, route, status, duration; never the path, the person or the IP.
"""

import secrets
import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_log = structlog.get_logger("claudeonomics.requests")


class RequestLogMiddleware:
    """
    Gives each request a random id, for its log lines and its audit entries, and logs its end.

    The id never leaves in a header: an answer says nothing but what was asked.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, with its id bound to every line that is logged meanwhile."""
        request_id = secrets.token_hex(8)
        request.request_id = request_id  # type: ignore[attr-defined]
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        begun = time.perf_counter()
        try:
            response = self.get_response(request)
            _log.info(
                "request",
                method=request.method if request.method in _METHODS else "other",
                route=request.resolver_match.view_name if request.resolver_match else "",
                status=response.status_code,
                milliseconds=round((time.perf_counter() - begun) * 1000, 1),
            )
            return response
        finally:
            structlog.contextvars.clear_contextvars()


class PrivateAnswersMiddleware:
    """Keeps answers out of every cache unless they say otherwise; static files never get here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and say that nothing may keep it."""
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response


class HeadMiddleware:
    """Answers HEAD without a body (RFC 9110, 9.3.2); a server takes one for our mistake."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer; the headers, the length among them, stay as those of GET."""
        response = self.get_response(request)
        if request.method == "HEAD":
            if isinstance(response, StreamingHttpResponse):
                response.streaming_content = ()
            elif isinstance(response, HttpResponse):
                response.content = b""
        return response
