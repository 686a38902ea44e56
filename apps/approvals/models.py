"""A request that two people must stand behind; the database refuses the same person twice."""

import uuid

from django.db import models
from django.db.models import F, Q


class Request(models.Model):
    """
    What was asked, by whom, until when it can be approved, and what became of it.

    `first_by` and `second_by` are the two people who stand behind it. Whoever
    asked signed in is the first; a request from the command line starts with
    neither.
    """

    class State(models.TextChoices):
        """What became of a request."""

        PENDING = "pending"
        APPROVED = "approved"
        DENIED = "denied"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    purpose = models.CharField(
        max_length=60, help_text="What is asked, for example shutter.reopen."
    )
    target = models.CharField(max_length=120, help_text="On what, for example a scope's slug.")
    reason = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    asked_by = models.CharField(max_length=120, help_text="The actor, by value.")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    first_by = models.CharField(max_length=120, null=True)
    second_by = models.CharField(max_length=120, null=True)
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
                condition=Q(second_by=None)
                | (Q(first_by__isnull=False) & ~Q(second_by=F("first_by"))),
                name="the_second_person_is_another",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(first_by__isnull=False, second_by__isnull=False),
                name="approved_means_two_people",
            ),
            models.CheckConstraint(
                condition=(Q(first_by=None) | Q(first_by__startswith="user:"))
                & (Q(second_by=None) | Q(second_by__startswith="user:")),
                name="only_signed_in_people_count",
            ),
            models.CheckConstraint(
                condition=~Q(asked_by__startswith="user:")
                | Q(first_by=F("asked_by"), first_by__isnull=False),
                name="who_asks_signed_in_is_the_first",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_by=None, decided_at=None)
                | (~Q(state="pending") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="decided_requests_name_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | Q(decided_at__lt=F("expires_at"), decided_at__isnull=False),
                name="nothing_is_approved_too_late",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.target}"
