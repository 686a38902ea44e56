# ruff: noqa: T201 - a program of its own, it speaks on standard output
"""
`tree SMALL LARGE`: sequencing, proving, reading again and sizes, in the database that it is given.

Prints one JSON object. The first SMALL entries are sequenced and signed at once,
then so many more that there are LARGE. Proofs are of random indexes, each read anew.
"""

import json
import random
import sys
import time
from collections.abc import Callable
from statistics import median, quantiles
from typing import Any

import django

django.setup()

from django.db import connection

from apps.audit import queries, storage
from apps.audit.models import Origin
from apps.audit.sequencing import catch_up, inspection
from apps.audit.tree import checkpoints, proofs
from apps.audit.tree.hashing import leaf_hash
from apps.common import clock
from tests.bench.audit import entries

PROOFS = 500
_SLICE = 16_384
_TABLES = ("audit_entry", "audit_detail", "audit_leaf", "audit_tile", "audit_checkpoint")
_SIZES = """
    SELECT relation, pg_relation_size(relation::regclass) + coalesce(pg_relation_size(
        nullif((SELECT reltoastrelid FROM pg_class WHERE oid = relation::regclass), 0)), 0)
    FROM unnest(%s::text[]) AS relation
    UNION ALL
    SELECT indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index
    WHERE indrelid = ANY(%s::regclass[])
"""
_SIZES_ON_SQLITE = """
    SELECT name, sum(pgsize) FROM dbstat
    WHERE name LIKE '%audit_%' OR name LIKE 'entries%' OR name LIKE 'details%' GROUP BY name
"""


def main() -> int:
    """Measure both sizes."""
    small, large = int(sys.argv[1]), int(sys.argv[2])
    found: dict[str, Any] = {"small": small, "large": large}
    entries.insert(small)
    _settled()
    found["build"] = taken(lambda: catch_up(clock.now()))
    found["small_proofs"] = proving(small)
    if large > small:
        entries.insert(large - small, first=small)
        _settled()
        found["build_large"] = taken(lambda: catch_up(clock.now()))
        _settled()
        found["large_proofs"] = proving(large)
        found["read_again"] = reading(large) / large
        found["sizes"] = _sizes()
    print(json.dumps(found))
    return 0


def taken(work: Callable[[], Any]) -> float:
    """Return the seconds that it takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def proving(size: int) -> dict[str, float]:
    """Return the seconds of a proof, each checked; the head is the newest."""
    chance, seconds = random.Random(1), []
    for _ in range(PROOFS):
        index = chance.randrange(size)
        begun = time.perf_counter()
        proof = queries.proof_file(index)
        seconds.append(time.perf_counter() - begun)
        assert proof is not None
        head = checkpoints.parse(proof.checkpoint.partition("\n\n")[0] + "\n")
        (entry,) = storage.entries_between(1, start=index, end=index + 1)
        proofs.verify_inclusion(
            proof.hashes, index=index, size=head.size, leaf=leaf_hash(entry), root=head.root
        )
        assert head.size >= size
    return {"median": median(seconds), "p99": quantiles(seconds, n=100)[98]}


def reading(size: int) -> float:
    """Return the seconds that the patrol takes to read all entries again."""
    origin = Origin.objects.get(number=1)
    begun = time.perf_counter()
    for start in range(0, size, _SLICE):
        inspection.check_leaves(origin, start=start, end=min(start + _SLICE, size))
    return time.perf_counter() - begun


def _settled() -> None:
    """Leave nothing of the insertion for later: it is not what is measured."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE audit_entry, audit_detail, audit_leaf, audit_tile")
            cursor.execute("CHECKPOINT")
        else:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute("ANALYZE")


def _sizes() -> dict[str, int]:
    """Return the bytes of each table and each index."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_SIZES, [list(_TABLES), list(_TABLES)])
        else:
            cursor.execute(_SIZES_ON_SQLITE)
        return dict(cursor.fetchall())


if __name__ == "__main__":
    sys.exit(main())
