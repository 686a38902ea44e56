"""What administrators decide about disclosure and alerts; no page here shows a look or an alert."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.common import clock
from apps.common.administration import BoundedAdmin
from apps.disclosure import actions
from apps.disclosure.alerts.rules import WORDS, Bound, Rule
from apps.disclosure.models import AlertRule, Policy
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


@admin.register(AlertRule)
class AlertRuleAdmin(BoundedAdmin):
    """When auditors are alerted; a rule is switched off, not deleted."""

    actions = None
    fields = ("title", "meaning", "is_active", "threshold", "minutes")
    readonly_fields = ("title", "meaning")
    list_display = ("title", "is_active", "threshold", "minutes")
    ordering = ("slug",)

    @admin.display(description="Rule")
    def title(self, rule: AlertRule) -> str:
        """Return the rule's name in words."""
        return WORDS[Rule(rule.slug)].title

    @admin.display(description="Fires when")
    def meaning(self, rule: AlertRule) -> str:
        """Return what the numbers mean."""
        return WORDS[Rule(rule.slug)].meaning

    def has_add_permission(self, *_: Any) -> bool:
        """What a rule looks for is written in the program."""
        return False

    def has_delete_permission(self, *_: Any, **__: Any) -> bool:
        """What it raised is explained by it."""
        return False

    def save_model(self, request: HttpRequest, obj: AlertRule, form: Any, change: Any) -> None:  # noqa: ARG002
        """Change it through the room's action, which records it."""
        actions.change_alert_rule(
            obj.slug,
            is_active=obj.is_active,
            bound=Bound(obj.threshold, obj.minutes),
            actor=people.actor_of(request.user),
            at=clock.now(),
        )

    def log_change(self, *_: Any) -> Any:
        """Leave it to the action."""
