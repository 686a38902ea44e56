"""Requests get two places for the people who stand behind them."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0001_requests"),
    ]

    operations = [
        migrations.DeleteModel(
            name="Request",
        ),
        migrations.CreateModel(
            name="Request",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        help_text="What is asked, for example shutter.reopen.", max_length=60
                    ),
                ),
                (
                    "target",
                    models.CharField(
                        help_text="On what, for example a scope's slug.", max_length=120
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("pending", "Pending"),
                            ("approved", "Approved"),
                            ("denied", "Denied"),
                            ("expired", "Expired"),
                        ],
                        default="pending",
                        max_length=10,
                    ),
                ),
                ("asked_by", models.CharField(help_text="The actor, by value.", max_length=120)),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("first_by", models.CharField(max_length=120, null=True)),
                ("second_by", models.CharField(max_length=120, null=True)),
                ("decided_by", models.CharField(max_length=120, null=True)),
                ("decided_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "pending")),
                        fields=("purpose", "target"),
                        name="one_pending_request_per_target",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("second_by", None),
                            models.Q(
                                ("first_by__isnull", False),
                                models.Q(("second_by", models.F("first_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="the_second_person_is_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "approved"), _negated=True),
                            models.Q(("first_by__isnull", False), ("second_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="approved_means_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("first_by", None),
                                ("first_by__startswith", "user:"),
                                _connector="OR",
                            ),
                            models.Q(
                                ("second_by", None),
                                ("second_by__startswith", "user:"),
                                _connector="OR",
                            ),
                        ),
                        name="only_signed_in_people_count",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("asked_by__startswith", "user:"), _negated=True),
                            models.Q(
                                ("first_by", models.F("asked_by")), ("first_by__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="who_asks_signed_in_is_the_first",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at", None), ("decided_by", None), ("state", "pending")
                            ),
                            models.Q(
                                models.Q(("state", "pending"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="decided_requests_name_who_and_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "approved"), _negated=True),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_at__lt", models.F("expires_at")),
                            ),
                            _connector="OR",
                        ),
                        name="nothing_is_approved_too_late",
                    ),
                ],
            },
        ),
    ]
