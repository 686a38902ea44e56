"""What can be closed: boards, reports, and all."""

from django.db import migrations

SCOPES = ("boards", "reports", "all")


def add(apps, schema_editor):
    scopes = apps.get_model("shutter", "Scope").objects
    for slug in SCOPES:
        scopes.get_or_create(slug=slug)


class Migration(migrations.Migration):
    dependencies = [("shutter", "0001_scopes_and_closures")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
