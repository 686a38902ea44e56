"""
The tree over the entries: which entry has which index, full tiles, what was signed.

Sequencing only adds rows here; an entry itself stays where it was inserted. Rows
are never changed (triggers see to it). A tree belongs to one origin: a log that
had to begin anew sequences all its entries once more, under a new name and key,
beside what was signed before.
"""

from django.db import models


class Origin(models.Model):
    """A log by its name (a URL without scheme) and verifying key; the highest number is current."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    name = models.CharField(max_length=200, unique=True)
    vkey = models.CharField(max_length=400, help_text="The verifying key as C2SP writes it.")
    begun_at = models.DateTimeField()
    statement = models.TextField(
        blank=True, help_text="A signed note: why the origin before this one ended."
    )

    def __str__(self) -> str:
        return self.name


class Leaf(models.Model):
    """
    An entry's place in the tree.

    No foreign key to the entry: it would lock every row of the log once more.
    """

    pk = models.CompositePrimaryKey("origin_id", "index")
    origin = models.ForeignKey(Origin, on_delete=models.PROTECT, db_index=False)
    index = models.BigIntegerField()
    entry_id = models.UUIDField()
    hash = models.BinaryField(help_text="RFC 9162 leaf hash of the entry's bytes.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["origin", "entry_id"], name="an_entry_has_one_index")
        ]

    def __str__(self) -> str:
        return f"leaf {self.index}"


class Tile(models.Model):
    """A full tile of 256 hashes (8,192 bytes); partial ones are computed from what lies below."""

    pk = models.CompositePrimaryKey("origin_id", "level", "number")
    origin = models.ForeignKey(Origin, on_delete=models.PROTECT, db_index=False)
    level = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()
    # Before the hashes, so that SQLite finds it without reading them.
    root = models.BinaryField(help_text="The root over the hashes: a hash of the level above.")
    data = models.BinaryField(help_text="The hashes.")

    def __str__(self) -> str:
        return f"tile {self.level}/{self.number}"


class Checkpoint(models.Model):
    """A signed head that was published: the note, whose text is origin, size and root."""

    pk = models.CompositePrimaryKey("origin_id", "size")
    origin = models.ForeignKey(Origin, on_delete=models.PROTECT, db_index=False)
    size = models.BigIntegerField()
    root = models.BinaryField()
    note = models.TextField()
    published_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"checkpoint {self.size}"


class Cosignature(models.Model):
    """A witness's line under a checkpoint."""

    pk = models.CompositePrimaryKey("origin_id", "size", "witness")
    origin = models.ForeignKey(Origin, on_delete=models.PROTECT, db_index=False)
    size = models.BigIntegerField()
    witness = models.CharField(max_length=200, help_text="The name of the witness's key.")
    line = models.TextField()
    cosigned_at = models.DateTimeField(help_text="The moment that the witness signed.")

    class Meta:
        indexes = [
            models.Index(fields=["origin", "cosigned_at"], name="cosignatures_by_moment"),
            models.Index(fields=["origin", "witness", "size"], name="cosignatures_by_witness"),
        ]

    def __str__(self) -> str:
        return f"{self.witness} on {self.size}"


class Freeze(models.Model):
    """The end of an origin: what the database showed against the head that was kept outside."""

    origin = models.OneToOneField(Origin, primary_key=True, on_delete=models.PROTECT)
    reason = models.CharField(max_length=40, help_text="A code, for example behind_head.")
    kept_size = models.BigIntegerField(help_text="Size of the last signed head, kept outside.")
    kept_root = models.BinaryField()
    found_size = models.BigIntegerField(help_text="Size of the tree in the database.")
    found_root = models.BinaryField()
    index = models.BigIntegerField(null=True, help_text="Where it was noticed, if at one place.")
    frozen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"freeze of {self.origin_id}"
