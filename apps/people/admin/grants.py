"""The page of object permissions: who may do what on which object."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from apps.common import clock, permissions
from apps.common.actors import Actor
from apps.common.errors import ApplicationError
from apps.people import actions, queries
from apps.people.actions.grants import Holder, HolderKind, Target
from apps.people.admin.base import RecordedAdmin, actor_of
from apps.people.models import ObjectGrant, User
from apps.people.queries import ChangeView

_PER_PAGE = 100
_WAITS = "Asked. Another administrator has to approve it here within a day."


class GrantForm(forms.Form):
    """To whom which permission is granted."""

    target = forms.ChoiceField(label="Permission and object")
    email = forms.EmailField(required=False, label="To the person with this address")
    group = forms.ModelChoiceField(Group.objects.all(), required=False, label="or to the group")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.targets = {
            f"{item.model}/{item.key}/{item.permission}": item
            for item in permissions.grantable_items()
        }
        labels = _labels(self.targets.values())
        self.fields["target"].choices = [  # type: ignore[attr-defined]
            (value, f"{item.permission}: {labels[item.model, item.key]}")
            for value, item in self.targets.items()
        ]

    def clean(self) -> dict[str, Any]:
        """Turn what was filled in into a holder and a target."""
        cleaned = super().clean() or {}
        email, group = cleaned.get("email"), cleaned.get("group")
        if bool(email) == bool(group):
            raise forms.ValidationError("Name either a person or a group.")
        if email:
            try:
                cleaned["holder"] = Holder(HolderKind.USER, queries.person_by_email(email).id)
            except queries.UnknownPerson as unknown:
                self.add_error("email", unknown.detail)
        elif group:
            cleaned["holder"] = Holder(HolderKind.GROUP, group.pk)
        return cleaned

    @property
    def chosen(self) -> Target:
        """The permission and the object that were chosen."""
        item = self.targets[self.cleaned_data["target"]]
        return Target(item.model, item.key, item.permission)


@admin.register(ObjectGrant)
class GrantsAdmin(RecordedAdmin):
    """All object permissions on one page; granting and revoking go through actions."""

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """The page itself has the form."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG002
        """Show the grants; a POST grants or revokes one."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = GrantForm(request.POST if request.POST.get("do") == "grant" else None)
        if request.method == "POST" and self._changed(request, form):
            return redirect("admin:people_objectgrant_changelist")
        page = Paginator(permissions.grants(), _PER_PAGE).get_page(request.GET.get("page"))
        context = {
            **self.admin_site.each_context(request),
            "title": "Grants",
            "opts": self.opts,
            "form": form,
            "page": page,
            "rows": _named(list(page.object_list)),
            "waiting": _waiting(actor_of(request)),
        }
        return TemplateResponse(request, "admin/people/grants.html", context)

    def _changed(self, request: HttpRequest, form: GrantForm) -> bool:
        doing: dict[str, Any] = {"actor": actor_of(request), "at": clock.now()}
        try:
            done = _decided(request, doing) or _changed(request, form, doing)
            if done:
                messages.success(request, done)
            return bool(done)
        except ApplicationError as bad:
            messages.error(request, bad.detail)
        return False


def _decided(request: HttpRequest, doing: dict[str, Any]) -> str:
    """Approve or deny what waits, if that is asked; return what to say of it."""
    request_id = request.POST.get("request", "")
    if request.POST.get("do") == "approve":
        actions.approve_change(request_id=request_id, **doing)
        return "Approved and carried out."
    if request.POST.get("do") == "deny":
        actions.deny_change(request_id=request_id, **doing)
        return "Denied. Nothing has changed."
    return ""


def _changed(request: HttpRequest, form: GrantForm, doing: dict[str, Any]) -> str:
    """Grant or revoke, or ask for it where two must agree; return what to say of it."""
    if request.POST.get("do") == "revoke":
        holder, target = _asked(request)
        if target.permission in actions.GUARDED:
            actions.ask_to_revoke(holder=holder, target=target, **doing)
            return _WAITS
        actions.revoke_permission(holder=holder, target=target, **doing)
        return "The permission is taken away."
    if not form.is_valid():
        return ""
    holder, target = form.cleaned_data["holder"], form.chosen
    if target.permission in actions.GUARDED:
        actions.ask_to_grant(holder=holder, target=target, **doing)
        return _WAITS
    actions.grant_permission(holder=holder, target=target, **doing)
    return "The permission is granted."


def _asked(request: HttpRequest) -> tuple[Holder, Target]:
    try:
        holder = Holder(
            HolderKind(request.POST.get("holder_kind", "")),
            int(request.POST.get("holder_id", "")),
        )
    except ValueError:
        raise actions.UnknownHolder from None
    asked = (request.POST.get(name, "") for name in ("model", "key", "permission"))
    return holder, Target(*asked)


def _waiting(actor: Actor) -> list[dict[str, Any]]:
    """Return the changes that wait, and whether the viewer is another person than who asked."""
    changes = queries.pending_changes(at=clock.now())
    emails = {f"user:{user.pk}": user.email for user in User.objects.filter(is_staff=True)}
    return [
        named
        | {
            "asked_by": emails.get(change.asked_by, change.asked_by),
            "may_approve": actor.reference not in change.people,
        }
        for change, named in zip(changes, _named(changes), strict=True)
    ]


def _named(found: Sequence[permissions.Grant | ChangeView]) -> list[dict[str, Any]]:
    """Return the grants with their holders and objects by name."""
    people = [row.holder_id for row in found if row.holder_kind == "user"]
    emails = dict(User.objects.filter(pk__in=people).values_list("pk", "email"))
    groups = dict(Group.objects.values_list("pk", "name"))
    labels = _labels(permissions.grantable_items())
    return [
        {
            "grant": row,
            "holder": emails.get(row.holder_id, "?")
            if row.holder_kind == "user"
            else f"group {groups.get(row.holder_id, '?')}",
            "title": labels.get((row.model, row.key), row.key),
        }
        for row in found
    ]


def _labels(items: Iterable[permissions.GrantableItem]) -> dict[tuple[str, str], str]:
    """Return what to call each object, by model and key; two of one title differ in their slug."""
    found = list(items)
    slugs: dict[tuple[str, str], str] = {}
    for label in {item.model for item in found}:
        model = apps.get_model(label)
        if any(field.name == "slug" for field in model._meta.get_fields()):
            rows = model._default_manager.values_list("pk", "slug")
            slugs |= {(label, str(key)): f" {slug}" for key, slug in rows}
    return {
        (item.model, item.key): f"{item.title} ({item.model.rpartition('.')[2]}"
        f"{slugs.get((item.model, item.key), '')})"
        for item in found
    }
