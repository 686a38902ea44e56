"""
How headless runs are told from people's own, and with which tool a session was held.

The names are those that the tools themselves give to how they were started.
"""

from django.db import migrations, models

HEADLESS = (
    (
        "claude-code",
        "sdk-cli",
        "Claude Code without a terminal, such as `claude -p` in a script or a pipeline.",
    ),
    ("claude-code", "sdk-py", "Claude Code started by a Python program through its SDK."),
    (
        "claude-code",
        "sdk-ts",
        (
            "Claude Code started by a TypeScript program through its SDK. Some editors are built on "
            "it: switch this off if people here use one."
        ),
    ),
    ("claude-code", "claude-code-github-action", "Claude Code as a step of GitHub Actions."),
    ("claude-code", "mcp", "Claude Code serving another program (`claude mcp serve`)."),
    ("codex", "exec", "Codex without a terminal (`codex exec`), as its transcripts call it."),
    ("codex", "codex_exec", "Codex without a terminal (`codex exec`), as its telemetry calls it."),
)


def add_rules(apps, schema_editor):
    rules = apps.get_model("usage", "LaneRule").objects
    for tool, entrypoint, explanation in HEADLESS:
        rules.get_or_create(tool=tool, entrypoint=entrypoint, defaults={"explanation": explanation})


class Migration(migrations.Migration):
    dependencies = [("usage", "0004_feeds_that_speak_otherwise")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                # Adding a column makes no table anew, on either database.
                migrations.RunSQL(
                    "ALTER TABLE usage_session ADD COLUMN tool varchar(60) NOT NULL DEFAULT ''",
                    "ALTER TABLE usage_session DROP COLUMN tool",
                )
            ],
            state_operations=[
                migrations.AddField(
                    model_name="session",
                    name="tool",
                    field=models.CharField(blank=True, db_default="", default="", max_length=60),
                )
            ],
        ),
        migrations.RunPython(add_rules, migrations.RunPython.noop),
    ]
