"""How many kinds of work a source has brought on a day; rejections of uploads are codes alone."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0011_where_things_counted")]

    operations = [
        migrations.CreateModel(
            "NewKinds",
            [
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField()),
                ("count", models.PositiveIntegerField(default=0)),
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
                        fields=("source", "day"), name="one_row_of_new_kinds_per_source_and_day"
                    )
                ]
            },
        ),
        migrations.AlterField(
            "upload",
            "rejections",
            models.JSONField(default=list, help_text="Line and code of the first."),
        ),
    ]
