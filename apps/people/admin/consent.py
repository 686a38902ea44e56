"""The visibility policy and the wordings in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.common import clock
from apps.people import actions
from apps.people.admin.base import RecordedAdmin, actor_of
from apps.people.models import ConsentWording, Policy


@admin.register(Policy)
class PolicyAdmin(RecordedAdmin):
    """What holds for people who have not chosen; there is one."""

    fields = ("default_visibility",)
    list_display = ("__str__", "default_visibility")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """There is one already."""
        return False

    def save_model(self, request: HttpRequest, obj: Policy, form: Any, change: Any) -> None:  # noqa: ARG002
        """Change it through the room's action."""
        actions.change_default_visibility(
            visibility=obj.default_visibility, actor=actor_of(request), at=clock.now()
        )


@admin.register(ConsentWording)
class WordingAdmin(RecordedAdmin):
    """The texts that people agreed to; a published one never changes."""

    list_display = ("version", "published_at")
    ordering = ("-version",)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """A new wording comes with a new version of the product."""
        return False

    def has_change_permission(self, *_: Any, **__: Any) -> bool:
        """People agreed to these very words."""
        return False
