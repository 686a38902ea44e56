"""Badges in the admin: words and draft parameters, a preview in rough counts, publishing."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.badges import actions
from apps.badges.models.definitions import Badge
from apps.badges.scoring import RULES, InvalidParameters, rule_named, schema
from apps.common import actors, clock
from apps.common.actors import Actor
from apps.common.administration import BoundedAdmin
from apps.common.errors import ApplicationError


def _rule_help() -> str:
    """Return every rule with its parameters and their bounds, one sentence each."""
    rules = []
    for name, rule in RULES.items():
        takes = "; ".join(f"{one.name} {one.least} to {one.most}" for one in schema(rule))
        rules.append(f"{name}: {takes}.")
    return " ".join(rules)


class BadgeForm(forms.ModelForm):
    """Checks the draft against its rule, so that an error says which parameter and why."""

    rule = forms.ChoiceField(choices=[(name, name) for name in RULES], help_text=_rule_help())

    class Meta:
        model = Badge
        fields = ("slug", "title", "tier", "description", "position", "rule", "draft")

    def clean(self) -> dict[str, Any]:
        """Refuse a draft that its rule cannot take."""
        cleaned = super().clean() or self.cleaned_data
        if {"rule", "tier", "draft"} <= cleaned.keys():
            is_bronze = cleaned["tier"] == "bronze"
            try:
                rule_named(cleaned["rule"], cleaned["draft"], needs_two_gates=not is_bronze)
            except InvalidParameters as fault:
                self.add_error("draft", fault.faults)
        return cleaned


@admin.register(Badge)
class BadgeAdmin(BoundedAdmin):
    """Badges are drafted here; a draft counts for nobody until it is published."""

    form = BadgeForm
    list_display = ("slug", "title", "tier", "rule", "is_published", "has_unpublished_draft")
    list_filter = ("tier", "is_published")
    readonly_fields = ("parameters", "is_published")
    actions = ("preview_drafts", "publish_drafts")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Tell that nobody deletes badges: awards refer to them."""
        return False

    @admin.display(boolean=True, description="draft differs")
    def has_unpublished_draft(self, badge: Badge) -> bool:
        """Tell whether publishing would change anything."""
        return bool(badge.draft != badge.parameters)

    def save_model(
        self,
        request: HttpRequest,
        obj: Badge,
        form: forms.ModelForm,
        change: bool,  # noqa: FBT001
    ) -> None:
        """Save the draft and write down what was set."""
        super().save_model(request, obj, form, change)
        actions.record_change(
            obj,
            changed=form.changed_data,
            actor=_actor(request),
            at=clock.now(),
            is_new=not change,
        )

    @admin.action(description="Preview drafts: how many would hold them", permissions=["change"])
    def preview_drafts(self, request: HttpRequest, badges: QuerySet[Badge]) -> None:
        """Say in whole tens how many would hold each badge, now and by its draft; logged."""
        at = clock.now()
        for badge in badges:
            try:
                found = actions.preview(badge.pk, on=clock.day_of(at), actor=_actor(request), at=at)
            except ApplicationError as fault:
                self.message_user(request, f"{badge}: {fault.detail}", messages.ERROR)
                continue
            self.message_user(
                request, f"{badge}: held by {found.before} now, by {found.after} with the draft."
            )

    @admin.action(description="Publish drafts", permissions=["change"])
    def publish_drafts(self, request: HttpRequest, badges: QuerySet[Badge]) -> None:
        """Put drafts in force; the next evaluation awards by them."""
        for badge in badges:
            try:
                actions.publish(badge.pk, actor=_actor(request), at=clock.now())
            except ApplicationError as fault:
                self.message_user(request, f"{badge}: {fault.detail}", messages.ERROR)
            else:
                self.message_user(request, f"{badge}: published.")


def _actor(request: HttpRequest) -> Actor:
    return actors.user(int(request.user.pk or 0), role="admin")
