"""
The log's rows: what happened, and beside it the personal details.

An entry is written once and stays where it was inserted; the database refuses
to change or delete it. Its leaf holds commitments to the personal details, so
that these can be erased without touching the log.
"""

import uuid

from django.db import models


class Entry(models.Model):
    """One thing that happened; `leaf` is the truth, the columns beside it serve searching."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    leaf = models.BinaryField()
    recorded_at = models.DateTimeField()
    event = models.CharField(max_length=60)
    outcome = models.CharField(max_length=5)

    class Meta:
        indexes = [
            models.Index(fields=["recorded_at"], name="entries_by_moment"),
            models.Index(fields=["event", "recorded_at"], name="entries_by_event"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.id}"


class Detail(models.Model):
    """The personal side of an entry, who did it to whom in what words: erasable, never edited."""

    entry = models.OneToOneField(Entry, primary_key=True, on_delete=models.PROTECT)
    actor = models.CharField(max_length=120, null=True)
    role = models.CharField(max_length=40, null=True)
    subject = models.CharField(max_length=120, null=True)
    parameters = models.JSONField(null=True)
    actor_nonce = models.BinaryField(null=True, help_text="Opens the commitment to the actor.")
    subject_nonce = models.BinaryField(null=True, help_text="Opens the one to the subject.")
    parameters_nonce = models.BinaryField(null=True, help_text="Opens the one to the parameters.")
    erased_by = models.UUIDField(null=True, help_text="The entry of the erasure.")

    class Meta:
        indexes = [
            models.Index(fields=["actor"], name="details_by_actor"),
            models.Index(
                fields=["subject"],
                condition=models.Q(subject__isnull=False),
                name="details_by_subject",
            ),
            models.Index(
                fields=["entry"],
                condition=models.Q(actor_nonce__isnull=False)
                | models.Q(subject_nonce__isnull=False)
                | models.Q(parameters_nonce__isnull=False),
                name="details_not_erased",
            ),
        ]

    def __str__(self) -> str:
        return f"details of {self.entry_id}"


class Erasure(models.Model):
    """
    What an erasure took from an entry's details.

    The erasure is an entry itself, and its leaf holds a digest of all its rows
    here, so that none can be added or taken away later (see `apps.audit.erasures`).
    """

    pk = models.CompositePrimaryKey("erasure_id", "entry_id")
    erasure_id = models.UUIDField(help_text="The entry of the erasure.")
    entry_id = models.UUIDField(db_index=True, help_text="The entry whose details were erased.")
    parts = models.CharField(
        max_length=3, help_text="a for actor and role, s for subject, p for parameters."
    )

    def __str__(self) -> str:
        return f"erasure of {self.entry_id}"


class Log(models.Model):
    """The log as an object on which `read_audit` and `trace_leak` are granted; there is one."""

    slug = models.SlugField(primary_key=True, default="log")

    class Meta:
        default_permissions = ()
        permissions = [
            ("read_audit", "May read the access log"),
            ("trace_leak", "May trace a leaked copy"),
        ]

    def __str__(self) -> str:
        return "Access log"
