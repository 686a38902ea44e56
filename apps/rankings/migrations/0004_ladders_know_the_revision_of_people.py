"""Who takes part is asked again only when somebody's choice, account or team has changed."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rankings", "0003_struck_rows_keep_no_subject")]

    operations = [
        migrations.AddField(
            model_name="ladder",
            name="people_revision",
            field=models.PositiveBigIntegerField(
                default=0, help_text="While it stands, nobody joined or left."
            ),
        ),
    ]
