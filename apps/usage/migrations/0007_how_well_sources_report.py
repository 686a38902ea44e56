"""
Days of sources in slots, so that writers need not queue, and the faults known so far.

Names that nobody has claimed are counted when somebody asks, for they may be claimed later.
"""

from django.db import migrations, models

TOOL = "claude-code"
FAULTS = {
    "2.1.214": "Answers that arrived in several frames were reported with too many tokens, in "
    "metrics and events. Transcripts are right.",
    "2.1.217": "Managed settings did not lock where telemetry is sent, so a person's own settings "
    "could send it elsewhere, and usage is missing here.",
    "2.1.222": "Usage through MCP servers was attributed to the wrong server, in metrics and "
    "events.",
}


def add_faults(apps, schema_editor):
    faults = apps.get_model("usage", "KnownFault").objects
    for fixed_in, explanation in FAULTS.items():
        faults.get_or_create(
            tool=TOOL, first_version="", fixed_in=fixed_in, defaults={"explanation": explanation}
        )


class Migration(migrations.Migration):
    dependencies = [("usage", "0006_uploads_that_go_on")]

    operations = [
        migrations.RemoveConstraint(model_name="sourceday", name="one_row_per_source_and_day"),
        migrations.RemoveField(model_name="sourceday", name="unresolved"),
        migrations.AddField(
            model_name="sourceday",
            name="slot",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddConstraint(
            model_name="sourceday",
            constraint=models.UniqueConstraint(
                fields=("source", "day", "slot"), name="one_row_per_source_day_and_slot"
            ),
        ),
        migrations.RunPython(add_faults, migrations.RunPython.noop),
    ]
