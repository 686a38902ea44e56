"""How usage arrives: uploads that wait to be worked off, and how well each source reports."""

import uuid

from django.db import models


class Upload(models.Model):
    """A large upload in the inbox: its sealed parts are worked off later, and then removed."""

    class State(models.TextChoices):
        """How far the work has come."""

        WAITING = "waiting"
        WORKING = "working"
        DONE = "done"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.ForeignKey("usage.Source", on_delete=models.PROTECT)
    form = models.CharField(max_length=30, help_text="How it is read: its media type and route.")
    encoding = models.CharField(max_length=20, blank=True)
    size = models.PositiveBigIntegerField(help_text="In bytes, as sent.")
    received_at = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempt = models.PositiveIntegerField(default=0)
    fruitless = models.PositiveIntegerField(
        default=0, help_text="Attempts in a row that ended before anything was counted."
    )
    lease_until = models.DateTimeField(null=True)
    read = models.PositiveBigIntegerField(
        default=0, help_text="How many of its records are worked off; the next attempt goes on."
    )
    finished_at = models.DateTimeField(null=True)
    accepted = models.PositiveBigIntegerField(default=0)
    duplicates = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    rejections = models.JSONField(default=list, help_text="Line and code of the first.")
    error_code = models.CharField(max_length=40, blank=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "received_at"], name="uploads_by_state")]

    def __str__(self) -> str:
        return f"upload {self.pk}"


class UploadPart(models.Model):
    """A piece of an upload, sealed: what is reported stands beside names in it."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["upload", "number"], name="one_row_per_upload_part")
        ]

    def __str__(self) -> str:
        return f"part {self.number}"


class SourceMinute(models.Model):
    """How much of what a source may send in a minute (of the epoch) its processes have drawn."""

    source = models.ForeignKey("usage.Source", on_delete=models.CASCADE)
    minute = models.BigIntegerField(db_index=True)
    requests = models.PositiveBigIntegerField(default=0)
    records = models.PositiveBigIntegerField(default=0)
    is_limited = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "minute"], name="one_row_per_source_and_minute"
            )
        ]

    def __str__(self) -> str:
        return f"minute {self.minute}"


class SourceDay(models.Model):
    """
    What a source sent on a day (of arrival), and how good it was.

    A day may have several rows (slots), to be added up: writers then need not queue.
    """

    source = models.ForeignKey("usage.Source", on_delete=models.CASCADE)
    day = models.DateField(db_index=True)
    slot = models.PositiveSmallIntegerField(default=0)
    last_received_at = models.DateTimeField()
    last_event_at = models.DateTimeField(null=True)
    accepted = models.PositiveBigIntegerField(default=0)
    duplicates = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    dropped_attributes = models.PositiveBigIntegerField(default=0)
    unpriced = models.PositiveBigIntegerField(default=0)
    late_seconds = models.PositiveBigIntegerField(default=0, help_text="The sum over all counted.")
    latest_seconds = models.PositiveBigIntegerField(default=0, help_text="The most of any.")
    ahead_seconds = models.PositiveIntegerField(default=0, help_text="The most into the future.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "day", "slot"], name="one_row_per_source_day_and_slot"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} on {self.day}"


class NewKinds(models.Model):
    """How many tools and models a source has named on a day that nobody had named before."""

    source = models.ForeignKey("usage.Source", on_delete=models.CASCADE)
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "day"], name="one_row_of_new_kinds_per_source_and_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.source} on {self.day}"


class ClientVersion(models.Model):
    """A version of a tool that a source has reported with."""

    source = models.ForeignKey("usage.Source", on_delete=models.CASCADE)
    tool = models.CharField(max_length=60)
    version = models.CharField(max_length=40)
    first_seen_on = models.DateField()
    last_seen_on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "tool", "version"], name="one_row_per_client_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.tool} {self.version}"
