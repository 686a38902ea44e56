"""Boards in the admin: their definitions, and a button that publishes; no figures."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse

from apps.common import actors, clock
from apps.common.actors import Actor
from apps.common.administration import BoundedAdmin
from apps.rankings import actions
from apps.rankings.models.definitions import Board

REASONS = {
    "already_published": "its last closed day is published already",
    "too_few_participants": "too few people take part",
}


@admin.register(Board)
class BoardAdmin(BoundedAdmin):
    """Boards are edited here; one that has published is retired, not deleted."""

    list_display = (
        "slug",
        "title",
        "kind",
        "measure",
        "window_days",
        "lane",
        "cadence",
        "is_active",
    )
    list_filter = ("kind", "lane", "is_active")
    search_fields = ("slug", "title")
    actions = ("publish_now",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Tell that nobody deletes boards: releases and grants refer to them."""
        return False

    def save_model(
        self,
        request: HttpRequest,
        obj: Board,
        form: ModelForm,
        change: bool,  # noqa: FBT001
    ) -> None:
        """Save the board and write down what was set."""
        super().save_model(request, obj, form, change)
        actions.record_change(
            obj,
            changed=form.changed_data,
            actor=_actor(request),
            at=clock.now(),
            is_new=not change,
        )

    @admin.action(description="Publish now", permissions=["change"])
    def publish_now(self, request: HttpRequest, boards: QuerySet[Board]) -> HttpResponse | None:
        """Publish the last closed day of the boards that have no release of it yet."""
        for slug in list(boards.values_list("slug", flat=True)):
            done = actions.publish(slug, at=clock.now(), actor=_actor(request))
            if done.release_id is None:
                self.message_user(
                    request, f"{slug}: not published, {REASONS[done.reason]}.", messages.WARNING
                )
            else:
                self.message_user(request, f"{slug}: published as of {done.as_of}.")
        return None


def _actor(request: HttpRequest) -> Actor:
    return actors.user(int(request.user.pk or 0), role="admin")
