"""How many kinds of work a source has brought on a day; rejections of uploads are codes alone."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("usage", "0011_where_things_counted")]

    operations = [
        migrations.AddField(
            "sourceday",
            "new_kinds",
            models.PositiveIntegerField(
                default=0,
                db_default=0,
                help_text="Models with their tool that nobody had named before.",
            ),
        ),
        migrations.AlterField(
            "upload",
            "rejections",
            models.JSONField(default=list, help_text="Line and code of the first."),
        ),
    ]
