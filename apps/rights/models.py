"""What administrators are let at in the admin; there is no table behind either."""

from django.db import models


class UnknownIdentity(models.Model):
    """An identity that nobody has claimed."""

    class Meta:
        managed = False
        default_permissions = ("view", "change")
        verbose_name = "unknown identity"
        verbose_name_plural = "unknown identities"

    def __str__(self) -> str:
        return "unknown identity"


class DecidedLane(models.Model):
    """A decision about the lane in which somebody's work competes."""

    class Meta:
        managed = False
        default_permissions = ("view", "change")
        verbose_name = "lane decision"
        verbose_name_plural = "lane decisions"

    def __str__(self) -> str:
        return "lane decision"
