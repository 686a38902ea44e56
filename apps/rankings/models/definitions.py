"""Boards: what is ranked, over which window, among whom, how often; administrators edit them."""

from django.core.validators import MinValueValidator
from django.db import models


class Kind(models.TextChoices):
    """What a board shows."""

    TIERS = "tiers", "Tiers: bands without figures"
    NUMBERS = "numbers", "Numbers: three significant digits"


class Measure(models.TextChoices):
    """What a board ranks by."""

    TOTAL = "total_tokens", "Total tokens"
    FRESH = "fresh_tokens", "Fresh tokens (without cache reads)"
    COST = "cost", "Cost at list price (micro-dollars)"
    ACTIVE_DAYS = "active_days", "Active days"


class Lane(models.TextChoices):
    """Who competes with whom."""

    PEOPLE = "people", "People"
    AUTOMATION = "automation", "Automation"


class Cadence(models.TextChoices):
    """How often a board is published."""

    DAILY = "daily"
    WEEKLY = "weekly"


class Board(models.Model):
    """A board; `view_board` is granted on it."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.TIERS)
    measure = models.CharField(max_length=20, choices=Measure, default=Measure.TOTAL)
    lane = models.CharField(max_length=10, choices=Lane, default=Lane.PEOPLE)
    window_days = models.PositiveSmallIntegerField(
        default=30, help_text="Days that count; 0 means all time."
    )
    size = models.PositiveSmallIntegerField(default=250, validators=[MinValueValidator(1)])
    team = models.ForeignKey(
        "people.Team",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Only people of this team and its teams compete; empty means the company.",
    )
    cadence = models.CharField(max_length=10, choices=Cadence, default=Cadence.WEEKLY)
    delay_days = models.PositiveSmallIntegerField(
        default=1,
        validators=[MinValueValidator(1)],  # a day that is not over would be frozen unfinished
        help_text="A release covers days up to this many days ago.",
    )
    least_participants = models.PositiveSmallIntegerField(
        default=50, help_text="Fewer people taking part: nothing is published (people's lane)."
    )
    least_label_holders = models.PositiveSmallIntegerField(
        default=10, help_text="A team label or a badge shows only where so many share it."
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.title
