"""
Connectors in the Django admin: which reports are pulled, how it goes, a button to pull soon.

A key goes in and is never shown again, not even that it changed where it did
not. What goes wrong stands in the list as a sentence.
"""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from apps.common import actors, clock
from apps.common.administration import BoundedAdmin
from apps.common.errors import ApplicationError
from apps.people import queries as people
from apps.usage import actions
from apps.usage.connectors import VENDORS
from apps.usage.models.definitions import Connector, ConnectorState

_SETTINGS = ("address", "organisation", "first_day", "interval_minutes", "revised_days")


class ConnectorForm(forms.ModelForm):
    """A connector; whatever its action refuses is said beside the form."""

    source_slug = forms.SlugField(
        label="Source",
        required=False,
        help_text="Into which source the report goes; it is added if there is none of that name.",
    )
    key = forms.CharField(
        required=False,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Stored sealed and shown to nobody. Leave it empty to keep the one there is.",
    )

    address = forms.URLField(required=False, max_length=300, assume_scheme="https")

    class Meta:
        model = Connector
        fields = ("kind", *_SETTINGS, "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_new = kwargs.get("instance") is None
        for name in ("interval_minutes", "revised_days"):
            if name in self.fields:
                self.fields[name].required = False
                if self.is_new:
                    self.fields[name].initial = None
        if "address" in self.fields:
            known = {vendor.address for vendor in VENDORS.values() if vendor.address}
            self.fields[
                "address"
            ].help_text = (
                f"Empty: the vendor's own, {', '.join(sorted(known))}. LiteLLM: your proxy's."
            )
            self.fields["interval_minutes"].help_text = "Empty: as its vendor advises."
            self.fields["revised_days"].help_text += " Empty: as its vendor advises."

    def clean(self) -> dict[str, Any]:
        """Try the action and take it back, so that a refusal stands beside the form."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            with transaction.atomic():
                self.carry_out(actors.ANONYMOUS)
                transaction.set_rollback(True)
        except ApplicationError as refusal:
            raise ValidationError(refusal.detail) from None
        return cleaned

    def carry_out(self, actor: actors.Actor) -> str:
        """Add or change the connector and return its source's slug."""
        given = self.cleaned_data
        settings: dict[str, Any] = {name: given.get(name) for name in _SETTINGS}
        wanted = actions.ConnectorSettings(**settings)
        doing: dict[str, Any] = {"actor": actor, "at": clock.now()}
        secret = given.get("key", "")
        if self.is_new:
            slug: str = given.get("source_slug") or given["kind"]
            actions.add_connector(
                kind=given["kind"], slug=slug, wanted=wanted, secret=secret, **doing
            )
            return slug
        slug = Connector.objects.values_list("source__slug", flat=True).get(pk=self.instance.pk)
        actions.change_connector(slug=slug, wanted=wanted, secret=secret, **doing)
        if "is_active" in self.changed_data:
            switch = actions.deactivate_connector
            if given["is_active"]:
                switch = actions.reactivate_connector
            switch(slug=slug, **doing)
        return slug


@admin.register(Connector)
class ConnectorAdmin(BoundedAdmin):
    """The connectors and their state; every change is an action of the room, and recorded there."""

    form = ConnectorForm
    actions = None
    list_display = (
        "source",
        "kind",
        "is_active",
        "succeeded_at",
        "next_at",
        "failures",
        "error",
    )
    list_filter = ("kind", "is_active")
    list_select_related = ("source", "state")
    change_form_template = "admin/usage/connector/change_form.html"

    @admin.display(description="last success")
    def succeeded_at(self, connector: Connector) -> Any:
        """When all that was due had come."""
        return _state(connector).succeeded_at

    @admin.display(description="next")
    def next_at(self, connector: Connector) -> Any:
        """When it is pulled again."""
        return _state(connector).next_at

    @admin.display(description="failures in a row")
    def failures(self, connector: Connector) -> int:
        """How often it failed since it last went well."""
        return _state(connector).failures

    @admin.display(description="what is wrong")
    def error(self, connector: Connector) -> str:
        """What went wrong last, in a sentence."""
        return _state(connector).error

    def get_fields(self, _request: HttpRequest, obj: Connector | None = None) -> tuple[str, ...]:
        """Ask what it is when it is added; show how it goes afterwards."""
        if obj is None:
            return ("kind", "source_slug", *_SETTINGS, "key")
        return ("kind", "source", *_SETTINGS, "key", "is_active", "succeeded_at", "next_at",
                "failures", "error")  # fmt: skip

    def get_readonly_fields(
        self, _request: HttpRequest, obj: Connector | None = None
    ) -> tuple[str, ...]:
        """What it pulls and where to stays: its key and its place belong to that."""
        if obj is None:
            return ()
        return ("kind", "source", "succeeded_at", "next_at", "failures", "error")

    def get_urls(self) -> list[URLPattern]:
        """Add the target of the button that pulls soon."""
        view = self.admin_site.admin_view(require_POST(self.pull_soon))
        return [
            path("<int:connector_id>/pull/", view, name="usage_connector_pull"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: Connector, form: Any, change: bool) -> None:  # noqa: ARG002, FBT001
        """Call the action for what was done."""
        slug = form.carry_out(people.actor_of(request.user))
        obj.pk = Connector.objects.values_list("pk", flat=True).get(source__slug=slug)
        obj.refresh_from_db()

    def pull_soon(self, request: HttpRequest, connector_id: int) -> HttpResponse:
        """Let a worker pull, and go back to the list."""
        connector = self.get_object(request, str(connector_id))
        if connector is None:
            raise Http404
        if not self.has_change_permission(request, connector):
            raise PermissionDenied
        actions.pull_soon(
            slug=connector.source.slug, actor=people.actor_of(request.user), at=clock.now()
        )
        self.message_user(request, f"{connector.source}: a worker pulls soon.", messages.SUCCESS)
        return redirect("admin:usage_connector_changelist")

    def has_delete_permission(self, *_: Any, **__: Any) -> bool:
        """What it pulled stays, and so does where it came from; it can be switched off."""
        return False

    def log_addition(self, *_: Any) -> None:  # type: ignore[override]
        """Leave it to the action."""

    def log_change(self, *_: Any) -> None:  # type: ignore[override]
        """Leave it to the action."""


def _state(connector: Connector) -> ConnectorState:
    return connector.state
