"""Every installation starts with the default badges, published."""

from django.db import migrations

from apps.badges.defaults import DEFAULTS


def add(apps, schema_editor):
    badges = apps.get_model("badges", "Badge").objects
    for position, default in enumerate(DEFAULTS):
        fields = {name: value for name, value in default.items() if name != "slug"}
        badges.get_or_create(
            slug=default["slug"],
            defaults={
                **fields,
                "draft": fields["parameters"],
                "is_published": True,
                "position": position,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("badges", "0001_badges_awards_and_progress")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
