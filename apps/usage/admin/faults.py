"""Versions that are known to report wrongly, in the Django admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from apps.common import clock
from apps.common.administration import BoundedAdmin
from apps.people import queries as people
from apps.usage.actions import faults
from apps.usage.coverage.versions import rank_of
from apps.usage.models.definitions import KnownFault


class FaultForm(forms.ModelForm):
    """A fault; its versions must read like versions."""

    class Meta:
        model = KnownFault
        fields = ("tool", "first_version", "fixed_in", "explanation")

    def clean_first_version(self) -> str:
        """Refuse what is no version."""
        return _checked(self.cleaned_data["first_version"])

    def clean_fixed_in(self) -> str:
        """Refuse what is no version."""
        return _checked(self.cleaned_data["fixed_in"])


def _checked(version: str) -> str:
    if version and rank_of(version) is None:
        raise ValidationError(faults.InvalidVersion.title)
    return version


@admin.register(KnownFault)
class KnownFaultAdmin(BoundedAdmin):
    """Each change is an action of the room, and recorded there."""

    form = FaultForm
    list_display = ("tool", "first_version", "fixed_in", "explanation")
    list_filter = ("tool",)

    def save_model(self, request: HttpRequest, obj: KnownFault, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        """Save it through the action."""
        faults.save_fault(obj, actor=people.actor_of(request.user), at=clock.now())

    def delete_model(self, request: HttpRequest, obj: KnownFault) -> None:
        """Remove it through the action."""
        faults.remove_fault(obj, actor=people.actor_of(request.user), at=clock.now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[KnownFault]) -> None:
        """Remove each through the action."""
        for fault in queryset:
            self.delete_model(request, fault)

    def log_addition(self, *_: Any) -> None:  # type: ignore[override]
        """Leave it to the action."""

    def log_change(self, *_: Any) -> None:  # type: ignore[override]
        """Leave it to the action."""

    def log_deletions(self, *_: Any) -> None:  # type: ignore[override]
        """Leave it to the action."""
