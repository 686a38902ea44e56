"""Teams and memberships in the admin."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from apps.common import clock
from apps.common.errors import ApplicationError
from apps.people import actions, names, queries
from apps.people.admin.base import RecordedAdmin, actor_of
from apps.people.models import Membership, Team


class TeamForm(forms.ModelForm):
    """A team's slug, name and the team above it."""

    class Meta:
        model = Team
        fields = ("slug", "name", "parent")

    def clean_name(self) -> str:
        """Refuse what does not print."""
        name = str(self.cleaned_data["name"])
        names.validate_printable(name)
        return name

    def clean_parent(self) -> Team | None:
        """Refuse a ring of teams."""
        parent: Team | None = self.cleaned_data["parent"]
        if self.instance.pk and parent and parent.pk in queries.team_and_below(self.instance.pk):
            raise forms.ValidationError("A team cannot lie below itself.")
        return parent


@admin.register(Team)
class TeamAdmin(RecordedAdmin):
    """Teams as a tree."""

    form = TeamForm
    list_display = ("slug", "name", "parent")
    search_fields = ("slug", "name")
    ordering = ("slug",)
    list_select_related = ("parent",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ARG002
        """Keep the slug: rosters and boards know the team by it."""
        return ("slug",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: Any) -> None:  # noqa: ARG002
        """Add or change the team through the room's action."""
        view = actions.add_team(
            slug=obj.slug,
            name=obj.name,
            parent=obj.parent.slug if obj.parent else "",
            actor=actor_of(request),
            at=clock.now(),
        )
        obj.pk = view.id


class MembershipForm(forms.ModelForm):
    """Who joins which team from when; later, until when."""

    class Meta:
        model = Membership
        fields = ("user", "team", "since", "until")

    def clean(self) -> dict[str, Any]:
        """Refuse a membership that would begin before the present one did."""
        cleaned = super().clean() or {}
        present = Membership.objects.filter(user=cleaned.get("user"), until=None).first()
        since = cleaned.get("since")
        if self.instance.pk is None and present and since and since < present.since:
            self.add_error("since", "The person's present membership began after this day.")
        return cleaned

    def validate_unique(self) -> None:
        """Leave it to the action, which ends the membership before this one."""

    def validate_constraints(self) -> None:
        """Leave it to the action."""


@admin.register(Membership)
class MembershipAdmin(RecordedAdmin):
    """Who belonged where on which day."""

    form = MembershipForm
    list_display = ("user", "team", "since", "until")
    list_select_related = ("user", "team")
    search_fields = ("user__email", "user__name", "team__slug")
    raw_id_fields = ("user",)
    ordering = ("-since", "-pk")
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ARG002
        """Ask for an end only where there is a beginning."""
        return ("user", "team", "since", "until") if obj else ("user", "team", "since")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let a present membership end, and nothing else change."""
        if obj is None:
            return ()
        return ("user", "team", "since") if obj.until is None else self.get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: Any) -> None:  # noqa: ARG002
        """Let the person join or leave through the room's actions."""
        doing: dict[str, Any] = {
            "person_id": obj.user_id,
            "actor": actor_of(request),
            "at": clock.now(),
        }
        try:
            if not change:
                actions.join_team(team_slug=obj.team.slug, on=obj.since, **doing)
                obj.pk = Membership.objects.get(user=obj.user_id, until=None).pk
            elif obj.until:
                actions.leave_team(on=obj.until, **doing)
        except ApplicationError as bad:
            self.message_user(request, bad.detail, "ERROR")
