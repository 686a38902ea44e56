"""What was delivered to whom, what people learn about who looked, and what auditors are told."""

import uuid

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class Delivery(models.Model):
    """A copy of a release that a viewer got; written in the transaction that reads the release."""

    release = models.UUIDField()
    viewer = models.BigIntegerField(help_text="The account's number.")
    channel = models.CharField(max_length=10, help_text="page or api.")
    role = models.CharField(max_length=40)
    delivered_at = models.DateTimeField(db_index=True)
    entry = models.UUIDField(help_text="The audit entry of this look.")

    class Meta:
        indexes = [models.Index(fields=["release", "delivered_at"], name="deliveries_by_release")]

    def __str__(self) -> str:
        return f"delivery of {self.delivered_at:%Y-%m-%d}"


class Policy(models.Model):
    """Whether people learn the names of those who looked, or only their roles."""

    slug = models.SlugField(primary_key=True, default="policy", editable=False)
    shows_viewer_names = models.BooleanField(
        default=False, help_text="If not set, people learn roles only; auditors always see names."
    )

    class Meta:
        verbose_name_plural = "policy"

    def __str__(self) -> str:
        return "Disclosure policy"


class AlertRule(models.Model):
    """When auditors are alerted; each rule's meaning is in `apps.disclosure.alerts.rules`."""

    MOST = 100_000
    MOST_MINUTES = 24 * 60

    slug = models.SlugField(primary_key=True, editable=False)
    is_active = models.BooleanField(default=True)
    threshold = models.PositiveIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MOST)],
        help_text="From how many on an alert is raised.",
    )
    minutes = models.PositiveIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES)],
        help_text="Within how many minutes they are counted, at most a day.",
    )

    class Meta:
        constraints = [
            # What is read each minute grows with the minutes.
            models.CheckConstraint(
                condition=models.Q(threshold__range=(1, 100_000), minutes__range=(1, 24 * 60)),
                name="a_rule_is_bounded",
            )
        ]

    def __str__(self) -> str:
        return self.slug


class Alert(models.Model):
    """A rule that fired for one actor in one window; it names the actor to auditors alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rule = models.SlugField()
    actor = models.CharField(
        max_length=120,
        null=True,
        help_text="By value, such as user:7; empty: the log itself; null: forgotten.",
    )
    window_at = models.DateTimeField(help_text="What tells this alert from the rule's next one.")
    raised_at = models.DateTimeField(db_index=True)
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    evidence = models.PositiveIntegerField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=120, null=True)
    mailed_at = models.DateTimeField(null=True)
    posted_at = models.DateTimeField(null=True, help_text="When the webhook took it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "actor", "window_at"], name="a_window_is_alerted_once"
            ),
            models.CheckConstraint(
                condition=models.Q(answered_at__isnull=False) | models.Q(answered_by=None),
                name="who_answered_did_so_at_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["raised_at"],
                condition=models.Q(answered_at=None),
                name="alerts_that_are_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.id}"


class Watch(models.Model):
    """How far the log has been judged, and since when it has been without a pause; one row."""

    slug = models.SlugField(primary_key=True, default="watch", editable=False)
    judged_until = models.DateTimeField()
    awake_since_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"judged until {self.judged_until:%Y-%m-%d %H:%M}"
