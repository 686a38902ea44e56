"""The feeds from which something was counted before feeds were kept."""

from django.db import migrations


def add_feeds(apps, schema_editor):
    feeds = apps.get_model("usage", "Feed").objects
    totals = apps.get_model("usage", "DayTotal").objects
    for source, signal in totals.values_list("source_id", "signal").distinct():
        feeds.get_or_create(source_id=source, signal=signal)


class Migration(migrations.Migration):
    dependencies = [("usage", "0008_sources_of_sessions_limit_of_outcomes")]

    operations = [migrations.RunPython(add_feeds, migrations.RunPython.noop)]
