"""The groups of the roles, the one policy row and the first wording."""

from datetime import UTC, datetime

from django.db import migrations

from apps.people.wordings import VERSION_1

GROUPS = ("employees", "leads", "auditors", "administrators")


def make(apps, schema_editor):
    for name in GROUPS:
        apps.get_model("auth", "Group").objects.get_or_create(name=name)
    apps.get_model("people", "Policy").objects.get_or_create(slug="policy")
    apps.get_model("people", "ConsentWording").objects.get_or_create(
        version=1,
        defaults={"text": VERSION_1, "published_at": datetime(2026, 11, 22, tzinfo=UTC)},
    )


class Migration(migrations.Migration):
    dependencies = [("people", "0001_accounts_teams_and_consent")]

    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
