"""People and service accounts in the admin."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path

from apps.common import clock
from apps.common.errors import ApplicationError
from apps.people import actions, addresses, names, queries
from apps.people.admin.base import RecordedAdmin, actor_of
from apps.people.admin.invitations import show_link
from apps.people.models import ServiceAccount, Team, User
from apps.people.roles import Role
from apps.pseudonyms.actions import enrolment

_ROLES = [(role.value, role.value) for role in Role]


class PersonForm(forms.ModelForm):
    """A person's name, role and team."""

    role = forms.ChoiceField(choices=_ROLES, initial=Role.EMPLOYEE)
    team = forms.ModelChoiceField(Team.objects.all(), required=False)

    class Meta:
        model = User
        fields = ("email", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["role"].initial = queries.role_of(self.instance)
            present = self.instance.memberships.filter(until=None).first()
            self.fields["team"].initial = present and present.team_id

    def clean_email(self) -> str:
        """Return the address as accounts keep it."""
        try:
            email = addresses.normal(self.cleaned_data["email"])
        except addresses.InvalidEmail as bad:
            raise forms.ValidationError(bad.detail) from None
        if queries.is_service_identity(email):
            raise forms.ValidationError("This address belongs to a service account.")
        return email

    def clean_name(self) -> str:
        """Refuse what does not print."""
        name = str(self.cleaned_data["name"])
        names.validate_printable(name)
        return name

    def clean_role(self) -> str:
        """Refuse to leave the installation without an administrator."""
        role = str(self.cleaned_data["role"])
        if role != Role.ADMIN and queries.is_last_administrator(self.instance.pk):
            raise forms.ValidationError(actions.LastAdministrator.title)
        return role


@admin.register(User)
class PersonAdmin(RecordedAdmin):
    """People: who they are, what they may be, whether they are here; no figure of anyone."""

    form = PersonForm
    list_display = ("email", "name", "is_active", "is_staff", "joined_at")
    list_filter = ("is_active", "groups")
    search_fields = ("email", "name")
    ordering = ("email",)
    show_full_result_count = False
    readonly_fields = ("is_active", "joined_at", "deactivated_at", "visibility")
    change_form_template = "admin/people/user/change_form.html"

    @admin.display(description="Visibility")
    def visibility(self, person: User) -> str:
        """Show how others see the person; only the person changes it."""
        return queries.person(person.pk).visibility if person.pk else "-"

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:  # noqa: ARG002
        """Show what is known already only once somebody is there."""
        given = ("email", "name", "role", "team")
        return (*given, *self.readonly_fields) if obj else given

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:  # noqa: ARG002
        """Keep the address: it is the identity that usage is matched with."""
        return ("email", *self.readonly_fields) if obj else self.readonly_fields

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: Any) -> None:  # noqa: ARG002
        """Add or change the person through the room's actions."""
        team = form.cleaned_data.get("team")
        doing: dict[str, Any] = {"actor": actor_of(request), "at": clock.now()}
        card = actions.add_person(
            email=obj.email, name=obj.name, role=form.cleaned_data["role"], **doing
        )
        if team is not None:
            day = clock.day_of(doing["at"])
            actions.join_team(person_id=card.id, team_slug=team.slug, on=day, **doing)
        obj.pk = card.id
        obj.refresh_from_db()

    def save_related(self, *_: Any) -> None:
        """Leave it: groups follow the role."""

    def get_urls(self) -> list[URLPattern]:
        """Add what the buttons ask for."""
        wrap = self.admin_site.admin_view
        own = [
            path(f"<int:person_id>/{verb}/", wrap(view), name=f"people_user_{verb}")
            for verb, view in (
                ("deactivate", self.deactivate),
                ("reactivate", self.reactivate),
                ("invite", self.invite),
            )
        ]
        return own + super().get_urls()

    def deactivate(self, request: HttpRequest, person_id: int) -> HttpResponse:
        """Close the account at once."""
        return self._act(request, person_id, actions.deactivate, "The account is closed.")

    def reactivate(self, request: HttpRequest, person_id: int) -> HttpResponse:
        """Open the account again."""
        return self._act(request, person_id, actions.reactivate, "The account is open again.")

    def invite(self, request: HttpRequest, person_id: int) -> HttpResponse:
        """Mail the person a link with which they set a password."""
        refused = self._refusal(request)
        if refused:
            return refused
        card = queries.person(person_id)
        try:
            invited = actions.invite(
                email=card.email,
                actor=actor_of(request),
                at=clock.now(),
            )
        except ApplicationError as bad:
            messages.error(request, bad.detail)
            return redirect("admin:people_user_change", person_id)
        return show_link(request, invited, email=card.email)

    def _act(self, request: HttpRequest, person_id: int, act: Any, done: str) -> HttpResponse:
        refused = self._refusal(request)
        if refused:
            return refused
        try:
            act(person_id=person_id, actor=actor_of(request), at=clock.now())
            messages.success(request, done)
        except ApplicationError as bad:
            messages.error(request, bad.detail)
        return redirect("admin:people_user_change", person_id)

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_change_permission(request):
            raise PermissionDenied
        return None

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Return all accounts."""
        return super().get_queryset(request)


class ServiceForm(forms.ModelForm):
    """A machine's slug, its label and the identity that its usage carries."""

    class Meta:
        model = ServiceAccount
        fields = ("slug", "label", "identity")

    def clean_identity(self) -> str:
        """Refuse an identity that is or may be a person's."""
        identity = str(self.cleaned_data["identity"])
        try:
            enrolment.known_service(queries.service_identity(identity))
        except ApplicationError as refused:
            raise forms.ValidationError(refused.detail) from None
        return identity


@admin.register(ServiceAccount)
class ServiceAccountAdmin(RecordedAdmin):
    """Machines that work by themselves."""

    form = ServiceForm
    list_display = ("slug", "label", "identity")
    search_fields = ("slug", "label")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ARG002
        """Keep the slug: it is how the account is known."""
        return ("slug",) if obj else ()

    def save_model(self, request: HttpRequest, obj: ServiceAccount, form: Any, change: Any) -> None:  # noqa: ARG002
        """Add or change the account through the room's action."""
        actions.add_service_account(
            slug=obj.slug,
            label=obj.label,
            identity=obj.identity,
            actor=actor_of(request),
            at=clock.now(),
        )
        obj.pk = ServiceAccount.objects.get(slug=obj.slug).pk
