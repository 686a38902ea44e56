"""Badges as data: which rule, with which parameters. An administrator edits these."""

from django.db import models


class Tier(models.TextChoices):
    """The four tiers, from the first to the last."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"
    JADE = "jade"


class Badge(models.Model):
    """A badge: its words, its tier, its rule, the parameters in force and those being drafted."""

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=60)
    tier = models.CharField(max_length=6, choices=Tier)
    description = models.TextField(help_text="How it is earned, in words for everyone.")
    rule = models.CharField(max_length=40, help_text="The name of a rule in apps.badges.scoring.")
    parameters = models.JSONField(default=dict, editable=False, help_text="In force.")
    draft = models.JSONField(default=dict, blank=True, help_text="Being edited; publish to apply.")
    is_published = models.BooleanField(default=False, editable=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.title
