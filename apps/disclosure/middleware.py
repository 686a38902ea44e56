"""Gives every answer that disclosed something the log's receipt for it."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponseBase

from apps.audit.receipts import HEADER
from apps.disclosure import receipts


class ReceiptsMiddleware:
    """
    Signs the receipts of an answer's looks into its header.

    It stands outside of whatever turns errors into answers, and looks at the
    answer that leaves: refusals and failures disclose nothing and carry nothing.
    A stream's header leaves before its body, so what a body would look at later
    must be looked at before.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, with one receipt for each look."""
        with receipts.collected() as looks:
            response = self.get_response(request)
        if looks and response.status_code < HTTPStatus.BAD_REQUEST:
            response.headers[HEADER] = ", ".join(receipts.signed(look) for look in looks)
        return response
