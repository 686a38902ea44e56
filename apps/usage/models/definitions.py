"""Sources: who may report usage, and about whom. An administrator edits these."""

from django.db import models


class Source(models.Model):
    """A collector with a token; a personal source may report one subject, the others everyone."""

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
    created_at = models.DateTimeField(editable=False)
    token_issued_at = models.DateTimeField(editable=False)

    class Meta:
        permissions = [("manage_source", "May manage this source")]

    def __str__(self) -> str:
        return self.slug
