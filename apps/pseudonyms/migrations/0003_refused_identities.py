"""
That an administrator refused an identity: its later usage is rejected.

Adding a column makes no table anew, so that SQLite's stay without row numbers.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pseudonyms", "0002_rows_in_key_order")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE pseudonyms_subject "
                    "ADD COLUMN is_refused boolean NOT NULL DEFAULT false",
                    "ALTER TABLE pseudonyms_subject DROP COLUMN is_refused",
                )
            ],
            state_operations=[
                migrations.AddField(
                    model_name="subject",
                    name="is_refused",
                    field=models.BooleanField(db_default=False, default=False),
                )
            ],
        ),
    ]
