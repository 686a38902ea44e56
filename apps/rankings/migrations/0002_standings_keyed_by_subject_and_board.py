"""Totals and standings are found by (board, subject): that pair is their key, nothing beside it."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


def keyed(*key):
    """Return the fields of a table that is keyed by the pair."""
    return [
        (
            "pk",
            models.CompositePrimaryKey(
                *key, blank=True, editable=False, primary_key=True, serialize=False
            ),
        ),
        ("subject", models.BigIntegerField()),
        (
            "board",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, to="rankings.board"
            ),
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("rankings", "0001_boards_standings_and_releases")]

    operations = [
        migrations.DeleteModel(name="Standing"),
        migrations.DeleteModel(name="WindowTotal"),
        migrations.CreateModel(
            name="WindowTotal",
            fields=[*keyed("board_id", "subject"), ("value", models.BigIntegerField())],
        ),
        migrations.CreateModel(
            name="Standing",
            fields=[
                *keyed("subject", "board_id"),
                ("rank", models.PositiveIntegerField()),
                ("of", models.PositiveIntegerField()),
                ("value", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Ladder",
            fields=[
                (
                    "board",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        serialize=False,
                        to="rankings.board",
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        help_text="Day, measure, window, lane and team.", max_length=120
                    ),
                ),
            ],
        ),
        migrations.AlterField(
            model_name="board",
            name="delay_days",
            field=models.PositiveSmallIntegerField(
                default=1,
                help_text="A release covers days up to this many days ago.",
                validators=[django.core.validators.MinValueValidator(1)],
            ),
        ),
        migrations.AlterField(
            model_name="release",
            name="window_from",
            field=models.DateField(help_text="Null: all time.", null=True),
        ),
        migrations.AlterField(
            model_name="releaserow",
            name="value",
            field=models.BigIntegerField(
                help_text="Exact, rounded when it leaves; null on boards of tiers.", null=True
            ),
        ),
    ]
