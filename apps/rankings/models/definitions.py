"""Boards: what is ranked, over which window, among whom, how often; administrators edit them."""

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

# A board of fewer would tell of single people, whoever may set it up: no board goes below these.
# Services are nobody, so their lane has neither.
LEAST_PARTICIPANTS = 50
LEAST_LABEL_HOLDERS = 10


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
        default=LEAST_PARTICIPANTS,
        help_text="Fewer people competing: nothing is published. At least 50 on the people's lane.",
    )
    least_label_holders = models.PositiveSmallIntegerField(
        default=LEAST_LABEL_HOLDERS,
        help_text="A team label or a badge shows only where so many share it. At least 10.",
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lane=Lane.AUTOMATION) | Q(least_participants__gte=LEAST_PARTICIPANTS),
                name="boards_of_people_are_of_many",
            ),
            models.CheckConstraint(
                condition=Q(lane=Lane.AUTOMATION) | Q(least_label_holders__gte=LEAST_LABEL_HOLDERS),
                name="labels_of_people_are_of_several",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def participants_needed(self) -> int:
        """How many must compete before anything is published."""
        return max(LEAST_PARTICIPANTS, self.least_participants) if self.is_of_people else 1

    @property
    def label_holders_needed(self) -> int:
        """How many must share a team or a badge before it shows."""
        return max(LEAST_LABEL_HOLDERS, self.least_label_holders)

    @property
    def is_of_people(self) -> bool:
        """Whether people compete, not services."""
        return self.lane == Lane.PEOPLE

    def clean(self) -> None:
        """Refuse thresholds that would let a board tell of single people."""
        if not self.is_of_people:
            return
        faults = {
            name: f"On the people's lane at least {floor}."
            for name, floor in (
                ("least_participants", LEAST_PARTICIPANTS),
                ("least_label_holders", LEAST_LABEL_HOLDERS),
            )
            if (getattr(self, name) or 0) < floor
        }
        if faults:
            raise ValidationError(faults)
