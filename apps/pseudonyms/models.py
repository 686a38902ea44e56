"""
Subjects and the keys that tie them to people.

A subject is a random number that stands for whoever did some work. Nothing here
is readable without the keys, which lie outside the database: aliases are keyed
digests, subject keys are wrapped, the link back to a person is sealed.
"""

import secrets
import uuid

from django.db import models


def random_number() -> int:
    """Return a random positive 63-bit number: it carries neither time nor order."""
    return secrets.randbits(63) or 1


class Subject(models.Model):
    """
    Whoever did some work; a claimed subject points at the root of the person who claimed it.

    One that was refused belongs to nobody, and no more usage is taken for it.
    """

    id = models.BigIntegerField(primary_key=True, default=random_number, editable=False)
    root = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="claimed")
    is_service = models.BooleanField(default=False)
    is_refused = models.BooleanField(default=False, db_default=False)

    def __str__(self) -> str:
        return f"subject {self.pk}"


class SubjectKey(models.Model):
    """A subject's own random key, wrapped; destroying it cuts the subject off for good."""

    subject = models.OneToOneField(Subject, primary_key=True, on_delete=models.PROTECT)
    wrapped = models.BinaryField()

    def __str__(self) -> str:
        return f"key of subject {self.subject_id}"


class Alias(models.Model):
    """An identity claim (e-mail, account id, ...) as a keyed digest that points at a subject."""

    digest = models.BinaryField(primary_key=True, max_length=16)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="aliases")

    def __str__(self) -> str:
        return "alias"


class Link(models.Model):
    """A root subject and its person: the digest leads forward, the sealed part leads back."""

    subject = models.OneToOneField(Subject, primary_key=True, on_delete=models.PROTECT)
    person_digest = models.BinaryField(max_length=16, unique=True)
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return f"link of subject {self.subject_id}"


class Claim(models.Model):
    """An identity that nobody has claimed yet, sealed, so that an administrator can resolve it."""

    subject = models.OneToOneField(Subject, primary_key=True, on_delete=models.PROTECT)
    sealed = models.BinaryField()
    first_seen_on = models.DateField()

    def __str__(self) -> str:
        return f"claim of subject {self.subject_id}"


class ReleaseKey(models.Model):
    """A release's random key, wrapped; the name lets rankings refer to it by value."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"release key {self.pk}"


class KeyCheck(models.Model):
    """Tells whether the key outside the database is the one that this database was made with."""

    purpose = models.SlugField(primary_key=True)
    digest = models.BinaryField(max_length=32)

    def __str__(self) -> str:
        return self.purpose
