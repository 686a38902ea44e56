"""What was delivered to whom, and what people learn about who looked."""

from django.db import models


class Delivery(models.Model):
    """A copy of a release that a viewer got; written in the transaction that reads the release."""

    release = models.UUIDField()
    viewer = models.BigIntegerField(help_text="The account's number.")
    channel = models.CharField(max_length=10, help_text="page or api.")
    role = models.CharField(max_length=40)
    delivered_at = models.DateTimeField(db_index=True)
    entry = models.UUIDField(help_text="The audit entry of this look.")

    class Meta:
        indexes = [models.Index(fields=["release", "delivered_at"], name="deliveries_by_release")]

    def __str__(self) -> str:
        return f"delivery of {self.delivered_at:%Y-%m-%d}"


class Policy(models.Model):
    """Whether people learn the names of those who looked, or only their roles."""

    slug = models.SlugField(primary_key=True, default="policy", editable=False)
    shows_viewer_names = models.BooleanField(
        default=False, help_text="If not set, people learn roles only; auditors always see names."
    )

    class Meta:
        verbose_name_plural = "policy"

    def __str__(self) -> str:
        return "Disclosure policy"
