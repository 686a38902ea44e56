"""A run is one piece of work of one kind; the row is the truth, the broker only a hint."""

from django.db import models


class Run(models.Model):
    """One piece of work, its lease, its attempts and what came of it."""

    class State(models.TextChoices):
        """How far the work has come."""

        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    kind = models.CharField(max_length=60)
    key = models.CharField(max_length=120, help_text="Which piece: a day, a board's window.")
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    attempt = models.PositiveIntegerField(default=1)
    lease_until = models.DateTimeField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    outcome = models.JSONField(default=dict, help_text="Counts only, never figures of a person.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="one_run_per_piece_of_work")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
