"""An index of the details that are still there, so that retention finds the oldest at once."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_the_tree_is_append_only")]

    operations = [
        migrations.AddIndex(
            model_name="detail",
            index=models.Index(
                fields=["entry"],
                condition=models.Q(
                    ("actor_nonce__isnull", False),
                    ("subject_nonce__isnull", False),
                    ("parameters_nonce__isnull", False),
                    _connector="OR",
                ),
                name="details_not_erased",
            ),
        )
    ]
