"""Rows of a release always have a subject: struck ones lie elsewhere now."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rankings", "0006_struck_rows_in_a_table_of_their_own")]

    operations = [
        migrations.RemoveConstraint(model_name="releaserow", name="struck_rows_are_empty"),
        migrations.RemoveField(model_name="releaserow", name="is_struck"),
        migrations.RemoveField(model_name="releaserow", name="struck_digest"),
        migrations.AlterField(
            model_name="releaserow",
            name="subject",
            field=models.BigIntegerField(db_index=True),
        ),
    ]
