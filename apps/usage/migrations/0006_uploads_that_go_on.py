"""How far an upload has come, and what a source has drawn of its minute."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("usage", "0005_headless_runs_and_tools_of_sessions"),
    ]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="fruitless",
            field=models.PositiveIntegerField(
                default=0, help_text="Attempts in a row that ended before anything was counted."
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="read",
            field=models.PositiveBigIntegerField(
                default=0,
                help_text="How many of its records are worked off; the next attempt goes on.",
            ),
        ),
        migrations.CreateModel(
            name="SourceMinute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("minute", models.BigIntegerField(db_index=True)),
                ("requests", models.PositiveBigIntegerField(default=0)),
                ("records", models.PositiveBigIntegerField(default=0)),
                ("is_limited", models.BooleanField(default=False)),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="usage.source"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "minute"), name="one_row_per_source_and_minute"
                    )
                ],
            },
        ),
    ]
