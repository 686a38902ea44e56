"""Window totals, everyone's own standing, and the releases that others see."""

import uuid

from django.db import models


class Ladder(models.Model):
    """What a board's window totals were summed for; anything else means summing them all anew."""

    board = models.OneToOneField("rankings.Board", primary_key=True, on_delete=models.CASCADE)
    basis = models.CharField(max_length=120, help_text="Day, measure, window, lane and team.")
    people_revision = models.PositiveBigIntegerField(
        default=0, help_text="While it stands, nobody joined or left."
    )

    def __str__(self) -> str:
        return self.basis


class WindowTotal(models.Model):
    """A root subject's value on a board's window; zero too, so that who is new can be told."""

    pk = models.CompositePrimaryKey("board_id", "subject")
    board = models.ForeignKey("rankings.Board", on_delete=models.CASCADE, db_index=False)
    subject = models.BigIntegerField()
    value = models.BigIntegerField()

    def __str__(self) -> str:
        return "window total"


class Standing(models.Model):
    """Where a subject stands on a board now, for its own eyes."""

    pk = models.CompositePrimaryKey("subject", "board_id")
    board = models.ForeignKey("rankings.Board", on_delete=models.CASCADE, db_index=False)
    subject = models.BigIntegerField()
    rank = models.PositiveIntegerField()
    of = models.PositiveIntegerField()
    value = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.rank} of {self.of}"


class Release(models.Model):
    """One publication of a board; only striking a row ever changes it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    board = models.ForeignKey("rankings.Board", on_delete=models.PROTECT, related_name="releases")
    as_of = models.DateField(help_text="The last day that counts.")
    window_from = models.DateField(null=True, help_text="Null: all time.")
    published_at = models.DateTimeField()
    participants = models.PositiveIntegerField()
    revision = models.PositiveIntegerField(default=1, help_text="Grows with every struck row.")
    is_current = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["board", "as_of"], name="one_release_per_board_and_day"
            ),
            models.UniqueConstraint(
                fields=["board"],
                condition=models.Q(is_current=True),
                name="one_current_release_per_board",
            ),
        ]

    def __str__(self) -> str:
        return f"release as of {self.as_of}"


class ReleaseRow(models.Model):
    """One row of a release; striking removes it and leaves every other as it was."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="rows")
    slot = models.PositiveSmallIntegerField(help_text="The place in the stored order, from 0.")
    subject = models.BigIntegerField(db_index=True)
    rank = models.PositiveIntegerField(null=True, help_text="Null on boards of tiers.")
    tier = models.CharField(max_length=6, blank=True)
    value = models.BigIntegerField(
        null=True, help_text="Exact, rounded when it leaves; null on boards of tiers."
    )
    team = models.CharField(max_length=100, blank=True)
    badges = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["release", "slot"], name="one_row_per_slot"),
            models.UniqueConstraint(fields=["release", "subject"], name="one_row_per_subject"),
        ]

    def __str__(self) -> str:
        return f"row {self.slot}"


class StruckRow(models.Model):
    """
    That a release once held a row of somebody, by whom nobody can tell without the keys.

    The digest of release and subject lets the person be shown who saw the row before. Slot, value
    and moment are not kept: a moment would match the one at which somebody chose to be private.
    On SQLite the table has no row numbers either, so that its order is that of the digests.
    """

    pk = models.CompositePrimaryKey("release_id", "digest")
    release = models.ForeignKey(
        Release, on_delete=models.PROTECT, related_name="struck", db_index=False
    )
    digest = models.BinaryField(max_length=16)

    def __str__(self) -> str:
        return "struck row"
