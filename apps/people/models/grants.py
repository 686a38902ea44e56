"""Where the admin's page of object permissions hangs; the grants themselves lie with guardian."""

from django.db import models


class ObjectGrant(models.Model):
    """One permission on one object; there is no table behind it."""

    class Meta:
        managed = False
        default_permissions = ("view", "change")
        verbose_name = "grant"
        verbose_name_plural = "grants"

    def __str__(self) -> str:
        return "grant"
