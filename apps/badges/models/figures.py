"""Who earned which badge, with what evidence, and how far the others are."""

from django.db import models
from django.db.models import Q


class Award(models.Model):
    """A badge that a subject earned, with its evidence; revoked when the evidence falls away."""

    badge = models.ForeignKey("badges.Badge", on_delete=models.PROTECT, related_name="awards")
    subject = models.BigIntegerField(db_index=True)
    awarded_on = models.DateField()
    evidence = models.JSONField(help_text="The numbers that earned it.")
    revoked_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["badge", "subject"],
                condition=Q(revoked_on=None),
                name="one_award_in_force_per_badge_and_subject",
            )
        ]

    def __str__(self) -> str:
        return f"award of {self.awarded_on}"


class Progress(models.Model):
    """How far a subject is towards a badge it has not got, in thousandths."""

    badge = models.ForeignKey("badges.Badge", on_delete=models.CASCADE)
    subject = models.BigIntegerField()
    thousandths = models.PositiveSmallIntegerField()
    evidence = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "badge"], name="one_progress_per_subject_and_badge"
            )
        ]

    def __str__(self) -> str:
        return f"{self.thousandths} of 1000"
