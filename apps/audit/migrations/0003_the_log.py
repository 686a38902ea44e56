"""The one row on which reading the log is granted."""

from django.db import migrations


def add(apps, schema_editor):
    apps.get_model("audit", "Log").objects.get_or_create(slug="log")


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_indexes_and_single_nonces")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
