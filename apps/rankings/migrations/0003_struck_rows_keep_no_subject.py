"""A struck row keeps neither its subject nor a moment: either would lead a dump to its person."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rankings", "0002_standings_keyed_by_subject_and_board")]

    operations = [
        migrations.RemoveField(model_name="releaserow", name="struck_at"),
        migrations.AlterField(
            model_name="releaserow",
            name="subject",
            field=models.BigIntegerField(db_index=True, null=True),
        ),
        migrations.AddField(
            model_name="releaserow", name="is_struck", field=models.BooleanField(default=False)
        ),
        migrations.AddField(
            model_name="releaserow",
            name="struck_digest",
            field=models.BinaryField(max_length=16, null=True),
        ),
        migrations.AddConstraint(
            model_name="releaserow",
            constraint=models.UniqueConstraint(
                fields=("release", "subject"), name="one_row_per_subject"
            ),
        ),
        migrations.AddConstraint(
            model_name="releaserow",
            constraint=models.CheckConstraint(
                condition=models.Q(is_struck=False, struck_digest=None, subject__isnull=False)
                | models.Q(
                    is_struck=True,
                    rank=None,
                    struck_digest__isnull=False,
                    subject=None,
                    team="",
                    tier="",
                    value=None,
                ),
                name="struck_rows_are_empty",
            ),
        ),
    ]
