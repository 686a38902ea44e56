"""What the pages of this room share: each is one page of its own, with a form for each act."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from apps.common.administration import BoundedAdmin
from apps.common.errors import ApplicationError
from apps.rights.actions import NotAdministrator


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

    def delete_view(self, *_: Any, **__: Any) -> Any:
        """There is no row to delete."""
        raise Http404

    def history_view(self, *_: Any, **__: Any) -> Any:
        """The log is the history."""
        raise Http404

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002
        """Show the page to whom it is for; raises PermissionDenied for everybody else."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        try:
            return self.page(request)
        except NotAdministrator as refused:
            raise PermissionDenied from refused

    def page(self, request: HttpRequest) -> HttpResponse:
        """Return the page; each has its own."""
        raise NotImplementedError

    def try_to(self, request: HttpRequest, act: Callable[[], str]) -> bool:
        """Carry an act out and say what became of it; returns whether it was."""
        try:
            messages.success(request, act())
        except ApplicationError as refused:
            messages.error(request, refused.detail)
            return False
        return True
