"""
Large uploads in the Django admin: which wait, which failed and why; never their counts.

A personal source's upload tells when one person works, and its size how much. So of
these only what failed is here, with a day in place of moments, without source and
size, and after the others of its day: beside them it would have a moment again.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.functions import TruncDate
from django.http import HttpRequest

from apps.common import clock
from apps.common.administration import BoundedAdmin
from apps.people import queries as people
from apps.usage import actions
from apps.usage.models.intake import Upload


def _is_personal(upload: Upload) -> bool:
    return upload.source.subject is not None


def _moment(name: str) -> Callable[[Any, Upload], date | datetime | None]:
    """Return a column: the moment of a shared source's upload, the day of a personal one's."""

    @admin.display(description=name.replace("_", " "), empty_value="")
    def column(_: Any, upload: Upload) -> date | datetime | None:
        """Return what this column shows of an upload."""
        moment: datetime | None = getattr(upload, name)
        return clock.day_of(moment) if moment and _is_personal(upload) else moment

    return column


@admin.register(Upload)
class UploadAdmin(BoundedAdmin):
    """Read alone; what failed on our side can be tried again."""

    list_display = ("received", "sent_by", "state", "sent_bytes", "attempt", "finished", "error")
    list_filter = ("state",)
    list_select_related = ("source",)
    fields = (*list_display, "form", "encoding", "error_code", "leased_until")
    readonly_fields = fields
    actions = ("try_again",)

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody makes one here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Upload | None = None) -> bool:  # noqa: ARG002
        """Nobody changes one."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Upload | None = None) -> bool:  # noqa: ARG002
        """Nobody removes one; the retention does."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Upload]:
        """Return the uploads of shared sources, and of personal ones those that failed."""
        shown: QuerySet[Upload] = super().get_queryset(request)
        return shown.filter(Q(source__subject=None) | Q(state=Upload.State.FAILED))

    def get_ordering(self, request: HttpRequest) -> list[Any]:  # noqa: ARG002
        """Return the order: the latest day first, in it the latest of the shared ones."""
        day = TruncDate("received_at", tzinfo=clock.organisation_zone())
        moment = Case(When(source__subject=None, then=F("received_at")))
        return [day.desc(), moment.desc(nulls_last=True), "pk"]

    received = _moment("received_at")
    finished = _moment("finished_at")
    leased_until = _moment("lease_until")

    @admin.display(description="source")
    def sent_by(self, upload: Upload) -> str:
        """Return the source's name; a personal one's would say whose it is."""
        return "a personal source" if _is_personal(upload) else upload.source.slug

    @admin.display(description="size in bytes", empty_value="")
    def sent_bytes(self, upload: Upload) -> int | None:
        """Return the size of what a shared source sent."""
        return None if _is_personal(upload) else upload.size

    @admin.action(description="Try again what failed", permissions=["view"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[Upload]) -> None:
        """Have the chosen ones worked at again, where their parts are still there."""
        actor = people.actor_of(request.user)
        count = sum(actions.retry(each.pk, actor=actor, at=clock.now()) for each in queryset)
        self.message_user(request, f"{count} will be tried again.", messages.SUCCESS)
