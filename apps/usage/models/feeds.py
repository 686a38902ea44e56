"""What makes counting exact for feeds that do not speak in events: counters and statements."""

from django.db import models

from apps.usage.models.figures import Buckets, Kind, Signal


class Feed(models.Model):
    """A source and how it speaks; where there is only one feed, nothing can be reported twice."""

    source = models.ForeignKey("usage.Source", on_delete=models.PROTECT)
    signal = models.SmallIntegerField(choices=Signal)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "signal"], name="one_row_per_feed")
        ]

    def __str__(self) -> str:
        return f"{self.source}: {self.get_signal_display()}"


class Stream(models.Model):
    """A counter that is read as it stands, and where it counts: settled when it was first seen."""

    digest = models.BinaryField(primary_key=True, max_length=16)
    subject = models.BigIntegerField()
    source = models.ForeignKey("usage.Source", on_delete=models.PROTECT, db_index=False)
    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, db_index=False)
    is_automation = models.BooleanField(default=False)
    measure = models.CharField(max_length=30)
    last_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"stream of {self.measure}"


class StreamPoint(models.Model):
    """
    How far a stream had come at a moment (nanoseconds since the epoch).

    And where and at which price it counted, for whatever changes since (the
    organisation's zone, the prices): only what was added is ever taken off again.
    """

    pk = models.CompositePrimaryKey("stream", "time")
    stream = models.BinaryField(max_length=16)
    time = models.BigIntegerField()
    value = models.BigIntegerField()
    day = models.DateField(null=True)
    cost_micros = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return "point"


class Stated(Buckets):
    """The latest statement of its key; one that was withdrawn stays, with nothing in it."""

    digest = models.BinaryField(primary_key=True, max_length=16)
    source = models.ForeignKey("usage.Source", on_delete=models.PROTECT, db_index=False)
    report = models.CharField(max_length=60)
    subject = models.BigIntegerField()
    day = models.DateField()
    kind = models.ForeignKey(Kind, on_delete=models.PROTECT, db_index=False)
    is_automation = models.BooleanField(default=False)
    events = models.BigIntegerField(default=0)
    outcomes = models.JSONField(default=dict)
    as_of = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["source", "report", "day"], name="statements_by_day")]

    def __str__(self) -> str:
        return f"statement about {self.day}"


class StatedDay(models.Model):
    """As of when a report's day was complete."""

    source = models.ForeignKey("usage.Source", on_delete=models.PROTECT)
    report = models.CharField(max_length=60)
    day = models.DateField()
    as_of = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "report", "day"], name="one_row_per_stated_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.report} of {self.day}"
