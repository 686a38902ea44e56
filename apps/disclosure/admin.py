"""The one decision about disclosure that an administrator takes; no page here shows a look."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.common import clock
from apps.common.administration import BoundedAdmin
from apps.disclosure import actions
from apps.disclosure.models import Policy
from apps.people import queries as people


@admin.register(Policy)
class PolicyAdmin(BoundedAdmin):
    """Whether people learn who looked, or in which role somebody looked; there is one row."""

    fields = ("shows_viewer_names",)
    list_display = ("__str__", "shows_viewer_names")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Until somebody decides, there is no row."""
        return super().has_add_permission(request) and not Policy.objects.exists()

    def has_delete_permission(self, *_: Any, **__: Any) -> bool:
        """A decision is changed, not deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: Policy, form: Any, change: Any) -> None:  # noqa: ARG002
        """Change it through the room's action, which records it."""
        actions.decide_viewer_names(
            is_shown=obj.shows_viewer_names,
            actor=people.actor_of(request.user),
            at=clock.now(),
        )

    def log_addition(self, *_: Any) -> Any:
        """Leave it to the action."""

    def log_change(self, *_: Any) -> Any:
        """Leave it to the action."""
