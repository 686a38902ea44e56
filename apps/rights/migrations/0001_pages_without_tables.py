from django.db import migrations, models


def page(name, *, verbose_name, verbose_name_plural):
    return migrations.CreateModel(
        name=name,
        fields=[
            (
                "id",
                models.BigAutoField(
                    auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                ),
            ),
        ],
        options={
            "verbose_name": verbose_name,
            "verbose_name_plural": verbose_name_plural,
            "managed": False,
            "default_permissions": ("view", "change"),
        },
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        page(
            "UnknownIdentity",
            verbose_name="unknown identity",
            verbose_name_plural="unknown identities",
        ),
        page("DecidedLane", verbose_name="lane decision", verbose_name_plural="lane decisions"),
    ]
