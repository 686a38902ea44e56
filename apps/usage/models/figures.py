"""
What sources reported: totals per subject and day, and what makes counting exact.

Nothing here names a person; a subject is an opaque number. The large tables are
written in bulk by `apps.usage.storage`.
"""

from django.db import models

from apps.usage.limits import MOST_IN_A_SUM
from apps.usage.models.definitions import random_number


class Kind(models.Model):
    """A model of a provider, used through a tool; named once, so that totals stay small."""

    tool = models.CharField(max_length=60)
    provider = models.CharField(max_length=60)
    model = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tool", "provider", "model"], name="one_row_per_kind")
        ]

    def __str__(self) -> str:
        return f"{self.model} in {self.tool}"


class Buckets(models.Model):
    """The five exclusive token buckets (each token in exactly one), and costs in micro-dollars."""

    uncached_input_tokens = models.BigIntegerField(default=0)
    cache_read_tokens = models.BigIntegerField(default=0)
    cache_write_5m_tokens = models.BigIntegerField(default=0)
    cache_write_1h_tokens = models.BigIntegerField(default=0)
    output_tokens = models.BigIntegerField(default=0)
    cost_micros = models.BigIntegerField(null=True)
    reported_cost_micros = models.BigIntegerField(null=True)

    class Meta:
        abstract = True


class Signal(models.IntegerChoices):
    """How a feed speaks; of one source's signals for the same work the first here counts."""

    EVENT = 1, "events"
    RESPONSE = 2, "transcripts"
    METRIC = 3, "metrics"
    STATEMENT = 4, "statements"


class DayTotal(Buckets):
    """
    The sums of one subject, day, source, kind of work, lane and signal.

    `is_automation` is the lane as it was reported; `in_automation_lane` the one in
    which the work competes, for an administrator may correct it. `is_counted` is
    false where another feed counts for the same person, tool and day.
    """

    pk = models.CompositePrimaryKey(
        "subject", "day", "source_id", "kind_id", "is_automation", "signal"
    )
    subject = models.BigIntegerField()
    day = models.DateField()
    source = models.ForeignKey("usage.Source", on_delete=models.PROTECT, db_index=False)
    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, db_index=False)
    is_automation = models.BooleanField(default=False)
    signal = models.SmallIntegerField(choices=Signal, default=Signal.EVENT)
    in_automation_lane = models.BooleanField(default=False)
    is_counted = models.BooleanField(default=True)
    events = models.BigIntegerField(default=0)

    class Meta:
        indexes = [models.Index(fields=["day"], name="totals_by_day")]

    def __str__(self) -> str:
        return f"total of {self.day}"


class CountedDay(Buckets):
    """The day totals that count, in the lane in which they compete: a view."""

    pk = models.CompositePrimaryKey(
        "subject", "day", "source_id", "kind_id", "is_automation", "signal"
    )
    subject = models.BigIntegerField()
    day = models.DateField()
    source = models.ForeignKey("usage.Source", on_delete=models.DO_NOTHING)
    kind = models.ForeignKey(Kind, on_delete=models.DO_NOTHING)
    is_automation = models.BooleanField(default=False)
    signal = models.SmallIntegerField(choices=Signal)
    events = models.BigIntegerField(default=0)

    class Meta:
        managed = False
        db_table = "usage_counted"

    def __str__(self) -> str:
        return f"counted total of {self.day}"


class SeenRecord(models.Model):
    """The digest of a record that was counted: 4 bytes of its time, 12 of source and id."""

    digest = models.BinaryField(primary_key=True, max_length=16)

    def __str__(self) -> str:
        return "digest"


class Reading(Buckets):
    """The largest reading so far of a response that is reported several times (transcripts)."""

    digest = models.BinaryField(primary_key=True, max_length=16)
    message = models.BigIntegerField(db_index=True)
    is_replay = models.BooleanField(default=False)
    subject = models.BigIntegerField()
    at = models.DateTimeField(db_index=True)
    day = models.DateField(null=True, help_text="On which it counted, in the zone of then.")
    source = models.ForeignKey("usage.Source", on_delete=models.PROTECT, db_index=False)
    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, db_index=False)
    is_automation = models.BooleanField(default=False)
    session = models.BinaryField(max_length=16, db_index=True)

    def __str__(self) -> str:
        return f"reading of {self.at:%Y-%m-%d}"


class Session(models.Model):
    """A sitting with a tool: first, last, active seconds, tokens, and the spans they come from."""

    digest = models.BinaryField(primary_key=True, max_length=16)
    name = models.BigIntegerField(
        null=True, db_index=True, help_text="The same for one session that several feeds report."
    )
    signal = models.SmallIntegerField(choices=Signal, default=Signal.EVENT)
    source = models.ForeignKey(
        "usage.Source",
        null=True,
        on_delete=models.PROTECT,
        db_index=False,
        help_text="Of transcripts there is none: they know whose sessions are the same.",
    )
    is_counted = models.BooleanField(default=True)
    in_automation_lane = models.BooleanField(default=False)
    tool = models.CharField(max_length=60, blank=True, default="", db_default="")
    subject = models.BigIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)
    active_seconds = models.PositiveIntegerField(default=0)
    total_tokens = models.BigIntegerField(default=0)
    is_automation = models.BooleanField(default=False)
    spans = models.JSONField(
        help_text="Pairs of epoch seconds, sorted, more than 15 minutes apart."
    )

    class Meta:
        indexes = [models.Index(fields=["subject", "first_at"], name="sessions_by_subject")]

    def __str__(self) -> str:
        return f"session of {self.first_at:%Y-%m-%d}"


class DayOutcome(models.Model):
    """What came of one subject's work with a tool on a day, as one feed tells it."""

    pk = models.CompositePrimaryKey(
        "subject", "day", "source_id", "tool", "is_automation", "signal", "outcome"
    )
    subject = models.BigIntegerField()
    day = models.DateField()
    source = models.ForeignKey("usage.Source", on_delete=models.PROTECT, db_index=False)
    tool = models.CharField(max_length=60)
    is_automation = models.BooleanField(default=False)
    signal = models.SmallIntegerField(choices=Signal)
    outcome = models.CharField(max_length=30)
    value = models.BigIntegerField()
    in_automation_lane = models.BooleanField(default=False)
    is_counted = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["day"], name="outcomes_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(value__lte=MOST_IN_A_SUM), name="outcomes_within_limit"
            )
        ]

    def __str__(self) -> str:
        return f"{self.outcome} of {self.day}"


class LaneDecision(models.Model):
    """That a subject's work with a tool belongs into a lane, from a day on, and why."""

    class Reason(models.TextChoices):
        """Who or what decided."""

        PATTERN = "pattern", "worked round the clock"
        ADMINISTRATOR = "administrator", "an administrator decided"

    id = models.BigIntegerField(primary_key=True, default=random_number, editable=False)
    subject = models.BigIntegerField(db_index=True)
    tool = models.CharField(max_length=60, blank=True)
    since = models.DateField(null=True)
    is_automation = models.BooleanField()
    reason = models.CharField(max_length=20, choices=Reason)
    explanation = models.CharField(max_length=300)
    decided_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "tool"], name="one_lane_per_subject_and_tool"
            )
        ]

    def __str__(self) -> str:
        return f"lane of {self.tool or 'every tool'}"


class TouchedSubject(models.Model):
    """A subject with usage that the standings do not know of yet."""

    subject = models.BigIntegerField(primary_key=True)

    def __str__(self) -> str:
        return "touched subject"


class Batch(models.Model):
    """What one transaction took in, and its counts."""

    source = models.ForeignKey("usage.Source", on_delete=models.PROTECT)
    received_at = models.DateTimeField(db_index=True)
    accepted = models.PositiveIntegerField()
    duplicates = models.PositiveIntegerField()
    rejected = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"batch of {self.received_at:%Y-%m-%d %H:%M}"


class Rejection(models.Model):
    """A line that was not counted, and why; never what it said."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rejections")
    line = models.PositiveBigIntegerField()
    code = models.CharField(max_length=40)

    def __str__(self) -> str:
        return f"line {self.line}: {self.code}"
