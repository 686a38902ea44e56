"""
What Django cannot say: clustered tables on SQLite, room for updates on PostgreSQL, the view.

On SQLite both tables lie in the order of their keys, without a second index; on
PostgreSQL day totals leave 30 % of each page free, so that an update stays on
its page and touches no index.
"""

from django.db import migrations

VIEW = """
    CREATE VIEW usage_counted AS
    SELECT subject, day, source_id, kind_id, is_automation, events,
           uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens,
           cache_write_1h_tokens, output_tokens, cost_micros, reported_cost_micros
    FROM usage_daytotal
"""

SQLITE = (
    "DROP TABLE usage_seenrecord",
    "CREATE TABLE usage_seenrecord (digest BLOB NOT NULL PRIMARY KEY) WITHOUT ROWID",
    "DROP TABLE usage_daytotal",
    """
    CREATE TABLE usage_daytotal (
        subject bigint NOT NULL,
        day date NOT NULL,
        source_id bigint NOT NULL REFERENCES usage_source (id) DEFERRABLE INITIALLY DEFERRED,
        kind_id bigint NOT NULL REFERENCES usage_kind (id) DEFERRABLE INITIALLY DEFERRED,
        is_automation bool NOT NULL,
        events bigint NOT NULL,
        uncached_input_tokens bigint NOT NULL,
        cache_read_tokens bigint NOT NULL,
        cache_write_5m_tokens bigint NOT NULL,
        cache_write_1h_tokens bigint NOT NULL,
        output_tokens bigint NOT NULL,
        cost_micros bigint NULL,
        reported_cost_micros bigint NULL,
        PRIMARY KEY (subject, day, source_id, kind_id, is_automation)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX totals_by_day ON usage_daytotal (day)",
)

POSTGRESQL = ("ALTER TABLE usage_daytotal SET (fillfactor = 70)",)


def lay_out(apps, schema_editor):
    """Run the statements of the database at hand, then make the view."""
    statements = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in (*statements, VIEW):
        schema_editor.execute(statement)


def drop_view(apps, schema_editor):
    """Drop the view; the tables hold what Django's own would."""
    schema_editor.execute("DROP VIEW usage_counted")


class Migration(migrations.Migration):
    dependencies = [("usage", "0001_sources_and_figures")]

    operations = [migrations.RunPython(lay_out, drop_view)]
