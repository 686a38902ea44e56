"""Scopes that can be closed, and their closures; a scope has at most one current closure."""

from django.db import models
from django.db.models import Q


class Scope(models.Model):
    """Something that can be closed: boards, reports or all; `close` is granted on it."""

    slug = models.SlugField(primary_key=True)
    epoch = models.PositiveBigIntegerField(
        default=1, help_text="Counts its closures and reopenings."
    )
    message = models.TextField(
        default="Shuttered for now. An administrator has closed this part.",
        help_text="What people read while this is shut, when a closure gives no message.",
    )

    class Meta:
        permissions = [("close", "May close this scope")]

    def __str__(self) -> str:
        return self.slug


class Closure(models.Model):
    """From when until when a scope is closed, by whom and why."""

    scope = models.ForeignKey(Scope, on_delete=models.PROTECT, related_name="closures")
    reason = models.TextField(blank=True, help_text="For administrators and auditors.")
    message = models.TextField(blank=True, help_text="For everyone.")
    closed_at = models.DateTimeField()
    closed_by = models.CharField(max_length=120)
    is_current = models.BooleanField(default=True)
    reopened_at = models.DateTimeField(null=True)
    reopened_by = models.CharField(max_length=250, blank=True, help_text="Both people, by value.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["scope"], condition=Q(is_current=True), name="one_current_closure"
            ),
            models.CheckConstraint(
                condition=Q(is_current=True, reopened_at=None)
                | Q(is_current=False, reopened_at__isnull=False),
                name="ended_closures_say_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope_id} since {self.closed_at:%Y-%m-%d %H:%M}"
