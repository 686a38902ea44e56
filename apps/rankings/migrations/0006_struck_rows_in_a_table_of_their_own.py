"""
A struck row leaves its release; what remains is a digest, without slot.

An empty row between two others would tell a thief with a dump between which values its own lay.
"""

import django.db.models.deletion
from django.db import migrations, models

TABLE = "rankings_struckrow"


def without_row_numbers(apps, schema_editor):
    """On SQLite, make the table anew: hidden row numbers would tell the order of the choices."""
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [TABLE])
            (made,) = cursor.fetchone()
        schema_editor.execute(f"DROP TABLE {TABLE}")
        schema_editor.execute(f"{made} WITHOUT ROWID")


def move(apps, schema_editor):
    """Carry the digests over, in their own order, and remove the empty rows."""
    rows = apps.get_model("rankings", "ReleaseRow").objects.filter(is_struck=True)
    struck = apps.get_model("rankings", "StruckRow")
    found = sorted(
        (release, bytes(digest)) for release, digest in rows.values_list("release", "struck_digest")
    )
    struck.objects.bulk_create(
        struck(release_id=release, digest=digest) for release, digest in found
    )
    rows.delete()


class Migration(migrations.Migration):
    dependencies = [("rankings", "0005_room_for_ranks_to_change")]

    operations = [
        migrations.CreateModel(
            name="StruckRow",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "release_id",
                        "digest",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("digest", models.BinaryField(max_length=16)),
                (
                    "release",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="struck",
                        to="rankings.release",
                    ),
                ),
            ],
        ),
        migrations.RunPython(without_row_numbers, migrations.RunPython.noop),
        migrations.RunPython(move, migrations.RunPython.noop),
    ]
