"""A request that one person makes and another decides; the database refuses the same person twice."""

from django.db import models
from django.db.models import F, Q


class Request(models.Model):
    """What was asked, by whom, until when it can be approved, and what became of it."""

    class State(models.TextChoices):
        """What became of a request."""

        PENDING = "pending"
        APPROVED = "approved"
        DENIED = "denied"

    purpose = models.CharField(
        max_length=60, help_text="What is asked, for example shutter.reopen."
    )
    target = models.CharField(max_length=120, help_text="On what, for example a scope's slug.")
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    asked_by = models.CharField(max_length=120, help_text="The actor, by value.")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    decided_by = models.CharField(max_length=120, null=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "target"],
                condition=Q(state="pending"),
                name="one_pending_request_per_target",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | ~Q(decided_by=F("asked_by")),
                name="two_people_approve",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_by=None, decided_at=None)
                | (~Q(state="pending") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="decided_requests_name_who_and_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.target}"
