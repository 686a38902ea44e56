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
    recorded_at = models.DateTimeField(db_index=True)
    event = models.CharField(max_length=60, db_index=True)
    outcome = models.CharField(max_length=5)

    def __str__(self) -> str:
        return f"{self.event} {self.id}"


class Detail(models.Model):
    """The personal side of an entry: who, about whom, with what words; may be erased, never edited."""

    entry = models.OneToOneField(Entry, primary_key=True, on_delete=models.PROTECT)
    actor = models.CharField(max_length=120, null=True, db_index=True)
    role = models.CharField(max_length=40, null=True)
    subject = models.CharField(max_length=120, null=True, db_index=True)
    parameters = models.JSONField(null=True)
    nonces = models.BinaryField(null=True, help_text="Three times 32 random bytes.")
    erased_by = models.UUIDField(null=True)

    def __str__(self) -> str:
        return f"details of {self.entry_id}"


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
