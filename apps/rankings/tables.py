"""
Set-based writes to window totals and standings: a few statements, however many people there are.

Raw SQL, because a window function that feeds an upsert is beyond the ORM; parameters only, and
the same meaning on SQLite and PostgreSQL.
"""

from collections.abc import Collection, Mapping

from django.db import connection

from apps.rankings.models import Standing, WindowTotal

# Ranks that did not change are not written: most minutes move few people.
RANK = """
INSERT INTO rankings_standing (subject, board_id, rank, "of", value)
SELECT subject, board_id, rank() OVER (ORDER BY value DESC), count(*) OVER (), value
FROM rankings_windowtotal WHERE board_id = %s AND value > 0
ON CONFLICT (subject, board_id) DO UPDATE
SET rank = excluded.rank, "of" = excluded."of", value = excluded.value
WHERE rankings_standing.rank <> excluded.rank OR rankings_standing."of" <> excluded."of"
   OR rankings_standing.value <> excluded.value
"""
UNRANK = """
DELETE FROM rankings_standing WHERE board_id = %s AND NOT EXISTS (
    SELECT 1 FROM rankings_windowtotal
    WHERE rankings_windowtotal.board_id = rankings_standing.board_id
      AND rankings_windowtotal.subject = rankings_standing.subject
      AND rankings_windowtotal.value > 0)
"""
UPSERT = """
ON CONFLICT (board_id, subject) DO UPDATE SET value = excluded.value
WHERE rankings_windowtotal.value <> excluded.value
"""
INTO = "INSERT INTO rankings_windowtotal (board_id, subject, value) "


def rank(board_id: int) -> None:
    """Bring the board's standings in line with its window totals; equals share a rank."""
    with connection.cursor() as cursor:
        cursor.execute(UNRANK, [board_id])
        cursor.execute(RANK, [board_id])


def store(board_id: int, totals: Mapping[int, int]) -> None:
    """Write the window totals of the subjects given, over what was there."""
    if not totals:
        return
    rows = sorted(totals.items())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            unnested = "SELECT %s, s, v FROM unnest(%s::bigint[], %s::bigint[]) AS t (s, v) "
            cursor.execute(
                INTO + unnested + UPSERT,
                [board_id, [subject for subject, _ in rows], [value for _, value in rows]],
            )
        else:
            cursor.executemany(
                INTO + "VALUES (%s, %s, %s) " + UPSERT,
                [(board_id, subject, value) for subject, value in rows],
            )


def held(board_id: int) -> dict[int, int]:
    """Return the window totals stored for the board."""
    return dict(WindowTotal.objects.filter(board=board_id).values_list("subject", "value"))


def drop(board_id: int, subjects: Collection[int]) -> None:
    """Remove the window totals of the subjects from the board."""
    leaving = sorted(subjects)
    for start in range(0, len(leaving), 1000):
        WindowTotal.objects.filter(
            board=board_id, subject__in=leaving[start : start + 1000]
        ).delete()


def forget(subjects: Collection[int]) -> None:
    """Remove standings and window totals of the subjects from every board."""
    Standing.objects.filter(subject__in=subjects).delete()
    WindowTotal.objects.filter(subject__in=subjects).delete()
