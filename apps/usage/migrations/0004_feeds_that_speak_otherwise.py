"""
Feeds that speak in counters and statements, several feeds for the same work, the inbox.

Day totals are told apart by how their feed speaks, and say whether they count
and in which lane; the view shows what does.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import apps.usage.models.definitions

SUMS = (
    "uncached_input_tokens",
    "cache_read_tokens",
    "cache_write_5m_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "cost_micros",
    "reported_cost_micros",
)
MOST = 10**15

VIEW = f"""
    CREATE VIEW usage_counted AS
    SELECT subject, day, source_id, kind_id, in_automation_lane AS is_automation, signal, events,
           {", ".join(SUMS)}
    FROM usage_daytotal
    WHERE is_counted
"""  # noqa: S608 - nothing but the constants above

# SQLite's tables get another primary key only by being made anew.
SQLITE = (
    "DROP VIEW usage_counted",
    "ALTER TABLE usage_daytotal RENAME TO usage_daytotal_before",
    "DROP INDEX totals_by_day",
    """
    CREATE TABLE usage_daytotal (
        subject bigint NOT NULL,
        day date NOT NULL,
        source_id bigint NOT NULL REFERENCES usage_source (id) DEFERRABLE INITIALLY DEFERRED,
        kind_id bigint NOT NULL REFERENCES usage_kind (id) DEFERRABLE INITIALLY DEFERRED,
        is_automation bool NOT NULL,
        signal smallint NOT NULL,
        in_automation_lane bool NOT NULL,
        is_counted bool NOT NULL,
        events bigint NOT NULL,
        uncached_input_tokens bigint NOT NULL,
        cache_read_tokens bigint NOT NULL,
        cache_write_5m_tokens bigint NOT NULL,
        cache_write_1h_tokens bigint NOT NULL,
        output_tokens bigint NOT NULL,
        cost_micros bigint NULL,
        reported_cost_micros bigint NULL,
        PRIMARY KEY (subject, day, source_id, kind_id, is_automation, signal),
        CONSTRAINT sums_within_limit CHECK ({limit})
    ) WITHOUT ROWID
    """.format(
        limit=" AND ".join(
            f"typeof({name}) IN ('integer', 'null') AND coalesce({name}, 0) <= {MOST}"
            for name in SUMS
        )
    ),
    f"""
    INSERT INTO usage_daytotal
    SELECT subject, day, source_id, kind_id, is_automation, 1, is_automation, 1, events,
           {", ".join(SUMS)}
    FROM usage_daytotal_before
    """,  # noqa: S608 - likewise
    "DROP TABLE usage_daytotal_before",
    "CREATE INDEX totals_by_day ON usage_daytotal (day)",
    VIEW,
)

POSTGRESQL = (
    "DROP VIEW usage_counted",
    "SET CONSTRAINTS ALL IMMEDIATE",
    """
    ALTER TABLE usage_daytotal
        ADD COLUMN signal smallint NOT NULL DEFAULT 1,
        ADD COLUMN in_automation_lane boolean NOT NULL DEFAULT false,
        ADD COLUMN is_counted boolean NOT NULL DEFAULT true,
        DROP CONSTRAINT usage_daytotal_pkey,
        ADD PRIMARY KEY (subject, day, source_id, kind_id, is_automation, signal)
    """,
    "UPDATE usage_daytotal SET in_automation_lane = true WHERE is_automation",
    "SET CONSTRAINTS ALL IMMEDIATE",
    """
    ALTER TABLE usage_daytotal
        ALTER COLUMN signal DROP DEFAULT,
        ALTER COLUMN in_automation_lane DROP DEFAULT,
        ALTER COLUMN is_counted DROP DEFAULT
    """,
    VIEW,
)


def widen_day_totals(apps, schema_editor):
    """Run the statements of the database at hand; all there is counts, in the lane it was in."""
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("usage", "0003_sums_stay_whole_numbers"),
    ]

    operations = [
        migrations.CreateModel(
            name="Connector",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        default=apps.usage.models.definitions.random_number,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("anthropic-claude-code", "Anthropic: Claude Code usage report"),
                            ("anthropic-user-usage", "Anthropic Enterprise: user usage report"),
                            ("openai-usage", "OpenAI: organisation usage"),
                            ("litellm-daily", "LiteLLM: daily activity of users"),
                            ("copilot-users", "GitHub Copilot: users' daily metrics"),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "address",
                    models.URLField(help_text="Where the report is asked for.", max_length=300),
                ),
                (
                    "organisation",
                    models.CharField(
                        blank=True, help_text="Copilot: the organisation's name.", max_length=100
                    ),
                ),
                ("secret", models.BinaryField()),
                ("first_day", models.DateField(help_text="From which day on usage is pulled.")),
                ("interval_minutes", models.PositiveIntegerField(default=60)),
                (
                    "revised_days",
                    models.PositiveSmallIntegerField(
                        default=3,
                        help_text="So many past days are pulled again, for vendors revise them.",
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            name="KnownFault",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tool", models.CharField(max_length=60)),
                (
                    "first_version",
                    models.CharField(blank=True, help_text="Empty: from the first.", max_length=40),
                ),
                (
                    "fixed_in",
                    models.CharField(blank=True, help_text="Empty: not fixed yet.", max_length=40),
                ),
                ("explanation", models.CharField(max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name="StreamPoint",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "stream",
                        "time",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("stream", models.BinaryField(max_length=16)),
                ("time", models.BigIntegerField()),
                ("value", models.BigIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="session",
            name="in_automation_lane",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="session",
            name="is_counted",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="session",
            name="name",
            field=models.BigIntegerField(
                db_index=True,
                help_text="The same for one session that several feeds report.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="session",
            name="signal",
            field=models.SmallIntegerField(
                choices=[(1, "events"), (2, "transcripts"), (3, "metrics"), (4, "statements")],
                default=1,
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="domains",
            field=models.CharField(
                blank=True,
                help_text="Only e-mail addresses of these domains, separated by spaces; empty: of all.",
                max_length=500,
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="group",
            field=models.SlugField(
                blank=True,
                help_text="Sources of one group never report the same work: what they report adds up.",
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="precedence",
            field=models.PositiveSmallIntegerField(
                default=100,
                help_text="Where several sources report the same person, tool and day, the smallest number counts; the others are a cross-check.",
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="records_per_minute",
            field=models.PositiveIntegerField(
                default=6000000, help_text="Beyond this a request is answered 429."
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="requests_per_minute",
            field=models.PositiveIntegerField(
                default=6000, help_text="Beyond this a request is answered 429."
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="rule",
            field=models.CharField(
                choices=[
                    ("anyone", "anyone; unknown names wait to be claimed"),
                    ("known", "only people and services that are known already"),
                ],
                default="anyone",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="source",
            name="tool",
            field=models.CharField(
                blank=True, help_text="The tool of reports that name none.", max_length=60
            ),
        ),
        migrations.CreateModel(
            name="ConnectorState",
            fields=[
                (
                    "connector",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="state",
                        serialize=False,
                        to="usage.connector",
                    ),
                ),
                ("cursor", models.JSONField(default=dict)),
                ("pulled_until", models.DateField(null=True)),
                ("next_at", models.DateTimeField(db_index=True)),
                ("succeeded_at", models.DateTimeField(null=True)),
                ("failed_at", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0, help_text="In a row.")),
                ("error_code", models.CharField(blank=True, max_length=40)),
                (
                    "error",
                    models.CharField(
                        blank=True, help_text="A sentence; never a secret.", max_length=300
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="connector",
            name="source",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="connector",
                to="usage.source",
            ),
        ),
        migrations.CreateModel(
            name="LaneDecision",
            fields=[
                (
                    "id",
                    models.BigIntegerField(
                        default=apps.usage.models.definitions.random_number,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("subject", models.BigIntegerField(db_index=True)),
                ("tool", models.CharField(blank=True, max_length=60)),
                ("since", models.DateField(null=True)),
                ("is_automation", models.BooleanField()),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("pattern", "worked round the clock"),
                            ("administrator", "an administrator decided"),
                        ],
                        max_length=20,
                    ),
                ),
                ("explanation", models.CharField(max_length=300)),
                ("decided_on", models.DateField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("subject", "tool"), name="one_lane_per_subject_and_tool"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LaneRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "tool",
                    models.CharField(blank=True, help_text="Empty: of every tool.", max_length=60),
                ),
                ("entrypoint", models.CharField(max_length=60)),
                ("explanation", models.CharField(max_length=200)),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tool", "entrypoint"), name="one_rule_per_entrypoint"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Stream",
            fields=[
                ("digest", models.BinaryField(max_length=16, primary_key=True, serialize=False)),
                ("subject", models.BigIntegerField()),
                ("is_automation", models.BooleanField(default=False)),
                ("in_automation_lane", models.BooleanField(default=False)),
                ("measure", models.CharField(max_length=30)),
                ("last_at", models.DateTimeField(db_index=True)),
                (
                    "kind",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="usage.kind"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="usage.source",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "form",
                    models.CharField(
                        help_text="How it is read: its media type and route.", max_length=30
                    ),
                ),
                ("encoding", models.CharField(blank=True, max_length=20)),
                ("size", models.PositiveBigIntegerField(help_text="In bytes, as sent.")),
                ("received_at", models.DateTimeField(db_index=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("working", "Working"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("attempt", models.PositiveIntegerField(default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("accepted", models.PositiveBigIntegerField(default=0)),
                ("duplicates", models.PositiveBigIntegerField(default=0)),
                ("rejected", models.PositiveBigIntegerField(default=0)),
                (
                    "rejections",
                    models.JSONField(default=list, help_text="Line, code and detail of the first."),
                ),
                ("error_code", models.CharField(blank=True, max_length=40)),
                ("error", models.CharField(blank=True, max_length=300)),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="usage.source"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="UploadPart",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("sealed", models.BinaryField()),
                (
                    "upload",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="parts",
                        to="usage.upload",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ClientVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tool", models.CharField(max_length=60)),
                ("version", models.CharField(max_length=40)),
                ("first_seen_on", models.DateField()),
                ("last_seen_on", models.DateField()),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="usage.source"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "tool", "version"), name="one_row_per_client_version"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DayOutcome",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject",
                        "day",
                        "source_id",
                        "tool",
                        "is_automation",
                        "signal",
                        "outcome",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("subject", models.BigIntegerField()),
                ("day", models.DateField()),
                ("tool", models.CharField(max_length=60)),
                ("is_automation", models.BooleanField(default=False)),
                (
                    "signal",
                    models.SmallIntegerField(
                        choices=[
                            (1, "events"),
                            (2, "transcripts"),
                            (3, "metrics"),
                            (4, "statements"),
                        ]
                    ),
                ),
                ("outcome", models.CharField(max_length=30)),
                ("value", models.BigIntegerField()),
                ("in_automation_lane", models.BooleanField(default=False)),
                ("is_counted", models.BooleanField(default=True)),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="usage.source",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["day"], name="outcomes_by_day")],
            },
        ),
        migrations.CreateModel(
            name="Feed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "signal",
                    models.SmallIntegerField(
                        choices=[
                            (1, "events"),
                            (2, "transcripts"),
                            (3, "metrics"),
                            (4, "statements"),
                        ]
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="usage.source"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("source", "signal"), name="one_row_per_feed")
                ],
            },
        ),
        migrations.CreateModel(
            name="SourceDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(db_index=True)),
                ("last_received_at", models.DateTimeField()),
                ("last_event_at", models.DateTimeField(null=True)),
                ("accepted", models.PositiveBigIntegerField(default=0)),
                ("duplicates", models.PositiveBigIntegerField(default=0)),
                ("rejected", models.PositiveBigIntegerField(default=0)),
                ("dropped_attributes", models.PositiveBigIntegerField(default=0)),
                ("unpriced", models.PositiveBigIntegerField(default=0)),
                ("unresolved", models.PositiveBigIntegerField(default=0)),
                (
                    "late_seconds",
                    models.PositiveBigIntegerField(
                        default=0, help_text="The sum over all counted."
                    ),
                ),
                (
                    "latest_seconds",
                    models.PositiveBigIntegerField(default=0, help_text="The most of any."),
                ),
                (
                    "ahead_seconds",
                    models.PositiveIntegerField(default=0, help_text="The most into the future."),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, to="usage.source"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "day"), name="one_row_per_source_and_day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Stated",
            fields=[
                ("uncached_input_tokens", models.BigIntegerField(default=0)),
                ("cache_read_tokens", models.BigIntegerField(default=0)),
                ("cache_write_5m_tokens", models.BigIntegerField(default=0)),
                ("cache_write_1h_tokens", models.BigIntegerField(default=0)),
                ("output_tokens", models.BigIntegerField(default=0)),
                ("cost_micros", models.BigIntegerField(null=True)),
                ("reported_cost_micros", models.BigIntegerField(null=True)),
                ("digest", models.BinaryField(max_length=16, primary_key=True, serialize=False)),
                ("report", models.CharField(max_length=60)),
                ("subject", models.BigIntegerField()),
                ("day", models.DateField()),
                ("is_automation", models.BooleanField(default=False)),
                ("in_automation_lane", models.BooleanField(default=False)),
                ("events", models.BigIntegerField(default=0)),
                ("outcomes", models.JSONField(default=dict)),
                ("as_of", models.DateTimeField()),
                (
                    "kind",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="usage.kind"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="usage.source",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["source", "report", "day"], name="statements_by_day")
                ],
            },
        ),
        migrations.CreateModel(
            name="StatedDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("report", models.CharField(max_length=60)),
                ("day", models.DateField()),
                ("as_of", models.DateTimeField()),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, to="usage.source"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "report", "day"), name="one_row_per_stated_day"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(fields=["state", "received_at"], name="uploads_by_state"),
        ),
        migrations.AddConstraint(
            model_name="uploadpart",
            constraint=models.UniqueConstraint(
                fields=("upload", "number"), name="one_row_per_upload_part"
            ),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(widen_day_totals, migrations.RunPython.noop)],
            state_operations=[
                migrations.AddField(
                    model_name="daytotal",
                    name="in_automation_lane",
                    field=models.BooleanField(default=False),
                ),
                migrations.AddField(
                    model_name="daytotal",
                    name="is_counted",
                    field=models.BooleanField(default=True),
                ),
                migrations.AddField(
                    model_name="daytotal",
                    name="signal",
                    field=models.SmallIntegerField(
                        choices=[
                            (1, "events"),
                            (2, "transcripts"),
                            (3, "metrics"),
                            (4, "statements"),
                        ],
                        default=1,
                    ),
                ),
                migrations.AlterField(
                    model_name="daytotal",
                    name="pk",
                    field=models.CompositePrimaryKey(
                        "subject",
                        "day",
                        "source_id",
                        "kind_id",
                        "is_automation",
                        "signal",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
            ],
        ),
    ]
