"""The rules by which headless runs are told, in the admin."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.common import clock
from apps.common.administration import BoundedAdmin
from apps.people import queries as people
from apps.usage import actions
from apps.usage.models.definitions import LaneRule


@admin.register(LaneRule)
class LaneRuleAdmin(BoundedAdmin):
    """How a tool says that it was started without anybody; a rule is switched off, not deleted."""

    actions = None
    list_display = ("tool", "entrypoint", "is_active", "explanation")
    list_filter = ("is_active",)
    search_fields = ("tool", "entrypoint")
    ordering = ("tool", "entrypoint")

    def get_fields(self, _request: HttpRequest, obj: LaneRule | None = None) -> tuple[str, ...]:
        """A new rule is active."""
        given = ("tool", "entrypoint", "explanation")
        return given if obj is None else (*given, "is_active")

    def get_readonly_fields(
        self, _request: HttpRequest, obj: LaneRule | None = None
    ) -> tuple[str, ...]:
        """What a rule is about stays: runs were counted by it."""
        return () if obj is None else ("tool", "entrypoint")

    def save_model(self, request: HttpRequest, obj: LaneRule, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        """Call the action for what was done."""
        doing: dict[str, Any] = {"actor": people.actor_of(request.user), "at": clock.now()}
        if change:
            actions.change_lane_rule(
                rule_id=obj.pk, explanation=obj.explanation, is_active=obj.is_active, **doing
            )
        else:
            obj.pk = actions.add_lane_rule(
                tool=obj.tool, entrypoint=obj.entrypoint, explanation=obj.explanation, **doing
            )

    def has_delete_permission(self, *_: Any, **__: Any) -> bool:
        """What it did is explained by it."""
        return False

    def log_addition(self, *_: Any) -> None:  # type: ignore[override]
        """Leave it to the action."""

    def log_change(self, *_: Any) -> None:  # type: ignore[override]
        """Leave it to the action."""
