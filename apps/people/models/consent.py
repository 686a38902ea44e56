"""Who may see a person: every choice with its time and the wording that was agreed to."""

from django.db import models
from django.db.models import Q


class Visibility(models.TextChoices):
    """How a person takes part in boards."""

    PRIVATE = "private", "Private: not on any board"
    PSEUDONYMOUS = "pseudonymous", "Under a pseudonym that changes with every release and viewer"
    NAMED = "named", "By name"


class ConsentWording(models.Model):
    """A version of the text that people agree to when they choose."""

    version = models.PositiveIntegerField(primary_key=True)
    text = models.TextField()
    published_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"version {self.version}"


class VisibilityChoice(models.Model):
    """One choice of one person; the newest counts, the older ones are its history."""

    user = models.ForeignKey("people.User", on_delete=models.CASCADE, related_name="choices")
    visibility = models.CharField(max_length=12, choices=Visibility)
    wording = models.ForeignKey(ConsentWording, on_delete=models.PROTECT)
    chosen_at = models.DateTimeField()
    chosen_by = models.CharField(max_length=120)
    is_current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(is_current=True), name="one_current_choice_per_person"
            )
        ]
        indexes = [
            models.Index(
                fields=["visibility"], condition=Q(is_current=True), name="current_choices"
            )
        ]

    def __str__(self) -> str:
        return self.visibility


class Policy(models.Model):
    """What holds for people who have not chosen, and a counter that grows with every change."""

    slug = models.SlugField(primary_key=True, default="policy", editable=False)
    default_visibility = models.CharField(
        max_length=12,
        choices=Visibility,
        default=Visibility.PRIVATE,
        help_text="What holds for a person who has not chosen.",
    )
    revision = models.PositiveBigIntegerField(
        default=1,
        editable=False,
        help_text="Grows with every change of a name, a choice or an account; copies depend on it.",
    )

    class Meta:
        verbose_name_plural = "policy"

    def __str__(self) -> str:
        return "Visibility policy"
