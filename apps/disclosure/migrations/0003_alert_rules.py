"""The rules with which an installation begins; administrators change them afterwards."""

from django.db import migrations

# Reasons for the numbers: docs/operating.md, "Alerts".
RULES = {
    "many_boards": (10, 10),
    "fast_paging": (60, 5),
    "odd_hours": (20, 60),
    "first_export": (1, 1),
    "many_refusals": (10, 10),
    "log_frozen": (1, 1),
    "log_behind": (30, 1),
    "log_unwitnessed": (1, 10),
    "other_history": (1, 1),
}


def add_rules(apps, schema_editor):
    rules = apps.get_model("disclosure", "AlertRule").objects.using(schema_editor.connection.alias)
    for slug, (threshold, minutes) in RULES.items():
        rules.get_or_create(slug=slug, defaults={"threshold": threshold, "minutes": minutes})


class Migration(migrations.Migration):
    dependencies = [("disclosure", "0002_alerts")]

    operations = [migrations.RunPython(add_rules, migrations.RunPython.noop)]
