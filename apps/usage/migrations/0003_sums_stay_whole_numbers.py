"""
A limit on every sum: a whole number of at most 10^15, whatever a source reports.

SQLite would make a float of a sum beyond 64 bits, and PostgreSQL break off. At
10^15 in each of them, thousands of the largest sums still add up exactly.
"""

from django.db import migrations

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

# SQLite's tables get a constraint only by being made anew; an unknown cost is NULL and passes.
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
        events bigint NOT NULL,
        uncached_input_tokens bigint NOT NULL,
        cache_read_tokens bigint NOT NULL,
        cache_write_5m_tokens bigint NOT NULL,
        cache_write_1h_tokens bigint NOT NULL,
        output_tokens bigint NOT NULL,
        cost_micros bigint NULL,
        reported_cost_micros bigint NULL,
        PRIMARY KEY (subject, day, source_id, kind_id, is_automation),
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
    SELECT subject, day, source_id, kind_id, is_automation, events,
           {", ".join(f"min({name}, {MOST})" for name in SUMS)}
    FROM usage_daytotal_before
    """,  # noqa: S608 - nothing but the constants above
    "DROP TABLE usage_daytotal_before",
    "CREATE INDEX totals_by_day ON usage_daytotal (day)",
    """
    CREATE VIEW usage_counted AS
    SELECT subject, day, source_id, kind_id, is_automation, events,
           uncached_input_tokens, cache_read_tokens, cache_write_5m_tokens,
           cache_write_1h_tokens, output_tokens, cost_micros, reported_cost_micros
    FROM usage_daytotal
    """,
)

POSTGRESQL = (
    *(f"UPDATE usage_daytotal SET {name} = {MOST} WHERE {name} > {MOST}" for name in SUMS),  # noqa: S608
    "SET CONSTRAINTS ALL IMMEDIATE",
    "ALTER TABLE usage_daytotal ADD CONSTRAINT sums_within_limit CHECK ("
    + " AND ".join(f"coalesce({name}, 0) <= {MOST}" for name in SUMS)
    + ")",
)


def limit_sums(apps, schema_editor):
    """Run the statements of the database at hand; sums beyond the limit come down to it."""
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("usage", "0002_tables_for_bulk_and_the_view_that_counts")]

    operations = [migrations.RunPython(limit_sums, migrations.RunPython.noop)]
