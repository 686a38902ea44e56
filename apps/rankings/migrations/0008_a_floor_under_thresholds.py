"""No board of people is of fewer than 50, no label of fewer than 10."""

from django.db import migrations, models

FLOORS = {"least_participants": 50, "least_label_holders": 10}


def raise_thresholds(apps, schema_editor):
    boards = apps.get_model("rankings", "Board").objects.exclude(lane="automation")
    for name, floor in FLOORS.items():
        boards.filter(**{f"{name}__lt": floor}).update(**{name: floor})


class Migration(migrations.Migration):
    dependencies = [("rankings", "0007_no_row_is_empty")]

    operations = [
        migrations.AlterField(
            model_name="board",
            name="least_participants",
            field=models.PositiveSmallIntegerField(
                default=50,
                help_text="Fewer people competing: nothing is published. "
                "At least 50 on the people's lane.",
            ),
        ),
        migrations.AlterField(
            model_name="board",
            name="least_label_holders",
            field=models.PositiveSmallIntegerField(
                default=10,
                help_text="A team label or a badge shows only where so many share it. At least 10.",
            ),
        ),
        migrations.RunPython(raise_thresholds, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="board",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lane", "automation"), ("least_participants__gte", 50), _connector="OR"
                ),
                name="boards_of_people_are_of_many",
            ),
        ),
        migrations.AddConstraint(
            model_name="board",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("lane", "automation"), ("least_label_holders__gte", 10), _connector="OR"
                ),
                name="labels_of_people_are_of_several",
            ),
        ),
    ]
