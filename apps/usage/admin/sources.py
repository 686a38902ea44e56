"""
Sources in the Django admin: adding them, their tokens, switching them off and on.

A token is on the page that answers the request, once, and nowhere else: not in
a message, which would lie in the session. No figure is shown, and nobody's
subject number.
"""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from apps.common import clock
from apps.common.administration import BoundedAdmin
from apps.common.errors import ApplicationError
from apps.people import queries as people
from apps.usage import actions
from apps.usage.models.definitions import Source

_NAMING = ("rule", "domains", "tool")
_RANK = ("precedence", "group")
_LIMITS = ("requests_per_minute", "records_per_minute")


class SourceForm(forms.ModelForm):
    """A source; the person is asked for once and kept only as an opaque subject."""

    person = forms.EmailField(
        required=False,
        help_text="Only for a personal source: the e-mail address of whom alone it may report. "
        "Keep the slug and the label neutral then: they are seen beside figures.",
    )

    class Meta:
        model = Source
        fields = (
            "slug",
            "label",
            "rule",
            "domains",
            "tool",
            "precedence",
            "group",
            "requests_per_minute",
            "records_per_minute",
            "is_active",
        )

    def clean_domains(self) -> str:
        """Refuse what the action would refuse, beside the field."""
        domains = str(self.cleaned_data["domains"])
        try:
            return actions.checked_domains(domains)
        except ApplicationError as bad:
            raise ValidationError(bad.detail) from bad

    def clean_person(self) -> int | None:
        """Return the person's id; nobody's address is refused."""
        email = self.cleaned_data["person"]
        if not email:
            return None
        try:
            return people.person_by_email(email).id
        except ApplicationError as unknown:
            raise ValidationError(unknown.detail) from unknown


@admin.register(Source)
class SourceAdmin(BoundedAdmin):
    """The sources and their buttons; every change is an action of the room, and recorded there."""

    form = SourceForm
    actions = None
    list_display = ("slug", "label", "is_personal", "is_active")
    list_filter = ("is_active",)
    search_fields = ("slug", "label")
    ordering = ("slug",)
    change_form_template = "admin/usage/source/change_form.html"

    @admin.display(boolean=True, description="personal")
    def is_personal(self, source: Source) -> bool:
        """Tell whether it may report one person only."""
        return source.subject is not None

    def get_fields(self, _request: HttpRequest, obj: Source | None = None) -> tuple[str, ...]:
        """Ask whose it is only when it is added; who reports one person names nobody else."""
        if obj is None:
            return ("slug", "label", "person")
        naming = () if obj.subject is not None else _NAMING
        return ("slug", "label", *naming, *_RANK, *_LIMITS, "is_active")

    def get_readonly_fields(
        self, _request: HttpRequest, obj: Source | None = None
    ) -> tuple[str, ...]:
        """A slug stands in the log, so it stays."""
        return () if obj is None else ("slug",)

    def get_urls(self) -> list[URLPattern]:
        """Add the target of the button for a new token."""
        view = self.admin_site.admin_view(require_POST(self.issue_token))
        return [
            path("<int:source_id>/token/", view, name="usage_source_token"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:  # noqa: FBT001
        """Call the action for what was done."""
        doing: dict[str, Any] = {"actor": people.actor_of(request.user), "at": clock.now()}
        if not change:
            person = form.cleaned_data.get("person")
            issued = actions.add_source(slug=obj.slug, label=obj.label, person_id=person, **doing)
            obj.pk = Source.objects.values_list("pk", flat=True).get(slug=obj.slug)
            obj.issued_token = issued.token  # type: ignore[attr-defined]
            return
        if "label" in form.changed_data:
            actions.label_source(slug=obj.slug, label=obj.label, **doing)
        self._change_terms(obj, set(form.changed_data), doing)
        if "is_active" in form.changed_data:
            switch = actions.reactivate_source if obj.is_active else actions.deactivate_source
            switch(slug=obj.slug, **doing)

    def _change_terms(self, obj: Source, changed: set[str], doing: dict[str, Any]) -> None:
        """Change what a source may name, how it ranks among others, and how much it may send."""
        if changed & {"rule", "domains"}:
            actions.change_source_rule(slug=obj.slug, rule=obj.rule, domains=obj.domains, **doing)
        if "tool" in changed:
            actions.name_source_tool(slug=obj.slug, tool=obj.tool, **doing)
        if changed & set(_RANK):
            actions.rank_source(slug=obj.slug, precedence=obj.precedence, group=obj.group, **doing)
        if changed & set(_LIMITS):
            limits = {name: getattr(obj, name) for name in _LIMITS}
            actions.limit_source(slug=obj.slug, **limits, **doing)

    def response_add(self, request: HttpRequest, obj: Source, *_: Any, **__: Any) -> HttpResponse:
        """Show the token instead of going back to the list."""
        return self._token_page(request, obj.slug, obj.issued_token)  # type: ignore[attr-defined]

    def issue_token(self, request: HttpRequest, source_id: int) -> HttpResponse:
        """Issue a new token and show it; the old one has ended."""
        source = self.get_object(request, str(source_id))
        if source is None:
            raise Http404
        if not self.has_change_permission(request, source):
            raise PermissionDenied
        issued = actions.issue_source_token(
            slug=source.slug, actor=people.actor_of(request.user), at=clock.now()
        )
        return self._token_page(request, issued.slug, issued.token)

    def _token_page(self, request: HttpRequest, slug: str, token: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"Token of {slug}",
            "opts": self.opts,
            "slug": slug,
            "token": token,
        }
        page = TemplateResponse(request, "admin/usage/source/token.html", context)
        page["Cache-Control"] = "no-store, private"
        return page

    def has_delete_permission(self, *_: Any, **__: Any) -> bool:
        """What it reported refers to it; it can be switched off."""
        return False

    def log_addition(self, *_: Any) -> None:  # type: ignore[override]
        """Leave it to the action: Django's own history would tie a personal source to a moment."""

    def log_change(self, *_: Any) -> None:  # type: ignore[override]
        """Leave it to the action."""
