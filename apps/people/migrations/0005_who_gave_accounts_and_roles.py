"""Accounts keep who added them and who gave their role; invitations, whom they were made for."""

from django.db import migrations, models


def date_roles(apps, schema_editor):
    """Let roles from before count since their people joined; who gave them is not known."""
    accounts = apps.get_model("people", "User").objects
    accounts.filter(role_given_at=None).update(role_given_at=models.F("joined_at"))


class Migration(migrations.Migration):
    dependencies = [("people", "0004_people_by_name")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="added_by",
            field=models.CharField(
                blank=True,
                default="",
                editable=False,
                help_text="Who added the account, by value.",
                max_length=120,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="user",
            name="role_given_at",
            field=models.DateTimeField(
                editable=False, help_text="Since when the role holds without a break.", null=True
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="role_given_by",
            field=models.CharField(
                blank=True,
                default="",
                editable=False,
                help_text="Who gave the role, by value.",
                max_length=120,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="invitation",
            name="was_known",
            field=models.BooleanField(
                default=False,
                editable=False,
                help_text="The address had an account or usage; its link was mailed and not shown.",
            ),
        ),
        migrations.RunPython(date_roles, migrations.RunPython.noop),
    ]
