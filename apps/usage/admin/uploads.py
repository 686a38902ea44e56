"""Large uploads in the Django admin: which wait, which failed and why; never their counts."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.common import actors, clock
from apps.common.administration import BoundedAdmin
from apps.people import queries as people
from apps.usage import actions
from apps.usage.models.intake import Upload


@admin.register(Upload)
class UploadAdmin(BoundedAdmin):
    """Read alone; what failed on our side can be tried again."""

    list_display = ("received_at", "source", "state", "size", "attempt", "finished_at", "error")
    list_filter = ("state",)
    ordering = ("-received_at",)
    fields = (*list_display, "form", "encoding", "error_code", "lease_until")
    readonly_fields = fields
    actions = ("try_again",)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody makes one here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Upload | None = None) -> bool:  # noqa: ARG002
        """Nobody changes one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Upload | None = None) -> bool:  # noqa: ARG002
        """Nobody removes one; the retention does."""
        return False

    @admin.action(description="Try again what failed", permissions=["view"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Upload]) -> None:
        """Have the chosen ones worked at again, where their parts are still there."""
        user: Any = request.user
        actor = actors.user(user.pk, role=people.role_of(user))
        count = sum(actions.retry(each.pk, actor=actor, at=clock.now()) for each in queryset)
        self.message_user(request, f"{count} will be tried again.", messages.SUCCESS)
