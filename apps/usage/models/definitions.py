"""Sources: who may report usage, and about whom. An administrator edits these."""

import secrets

from django.db import models


def random_number() -> int:
    """Return a random positive 63-bit number: it carries neither time nor order."""
    return secrets.randbits(63) or 1


class Source(models.Model):
    """
    A collector with a token; a personal source may report one subject, the others everyone.

    Its number is random and it keeps no times: what lies beside a person's row
    in time or order would tie the two together.
    """

    id = models.BigIntegerField(primary_key=True, default=random_number, editable=False)
    slug = models.SlugField(unique=True)
    label = models.CharField(max_length=100, blank=True)
    digest = models.BinaryField(max_length=32, unique=True, editable=False)
    subject = models.BigIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="The one subject it may report, if personal.",
    )
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False, editable=False)

    class Meta:
        permissions = [("manage_source", "May manage this source")]

    def __str__(self) -> str:
        return self.slug
