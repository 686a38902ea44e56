"""Whose a session of records is, so that two feeds of one session count once; a limit of outcomes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("usage", "0007_how_well_sources_report"),
    ]

    operations = [
        migrations.AddField(
            model_name="session",
            name="source",
            field=models.ForeignKey(
                db_index=False,
                help_text="Of transcripts there is none: they know whose sessions are the same.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                to="usage.source",
            ),
        ),
        migrations.AddConstraint(
            model_name="dayoutcome",
            constraint=models.CheckConstraint(
                condition=models.Q(("value__lte", 1000000000000000)), name="outcomes_within_limit"
            ),
        ),
    ]
