"""
Where and at which price points and readings counted; personal sources behind the company's.

What was stored before keeps no day: it is taken to have counted on the day on which
it lies now. The standing of days follows when they are next settled, daily at the latest.
"""

from django.db import migrations, models

_PERSONAL = 200


def rank_personal_sources(apps, schema_editor):
    sources = apps.get_model("usage", "Source").objects
    sources.filter(subject__isnull=False, precedence=100).update(precedence=_PERSONAL)


class Migration(migrations.Migration):
    dependencies = [("usage", "0010_lanes_of_figures_alone")]

    operations = [
        migrations.AddField(
            "reading",
            "day",
            models.DateField(null=True, help_text="On which it counted, in the zone of then."),
        ),
        migrations.AddField("streampoint", "day", models.DateField(null=True)),
        migrations.AddField("streampoint", "cost_micros", models.BigIntegerField(null=True)),
        migrations.RunPython(rank_personal_sources, migrations.RunPython.noop),
    ]
