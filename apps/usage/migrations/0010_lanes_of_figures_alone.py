"""Counters and statements keep how they were reported; the lane stands beside what they count."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("usage", "0009_feeds_that_have_spoken")]

    operations = [
        migrations.RemoveField(model_name="stated", name="in_automation_lane"),
        migrations.RemoveField(model_name="stream", name="in_automation_lane"),
    ]
