"""What the pages of this room share: each is one page of its own, with a form for each act."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from apps.common.administration import BoundedAdmin
from apps.common.errors import ApplicationError


class PageAdmin(BoundedAdmin):
    """A page in place of a list; there are no rows, so nothing is added, changed or deleted."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """The page itself has the forms."""
        return False

    def has_delete_permission(self, *_: Any, **__: Any) -> bool:
        """Nothing here is deleted."""
        return False

    def change_view(self, *_: Any, **__: Any) -> Any:
        """There is no page for one row."""
        raise Http404

    def history_view(self, *_: Any, **__: Any) -> Any:
        """The log is the history."""
        raise Http404

    def require_change(self, request: HttpRequest) -> None:
        """Raise PermissionDenied unless the account may use the page."""
        if not self.has_change_permission(request):
            raise PermissionDenied

    def try_to(self, request: HttpRequest, act: Callable[[], str]) -> bool:
        """Carry an act out and say what became of it; returns whether it was."""
        try:
            messages.success(request, act())
        except ApplicationError as refused:
            messages.error(request, refused.detail)
            return False
        return True
