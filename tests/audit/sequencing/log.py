"""A log to sequence: entries in numbers, what was made of them, and how to tamper with it."""

import os
import uuid
from contextlib import contextmanager

from django.db import connection, transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.audit.models import Checkpoint, Entry, Leaf, Tile
from apps.audit.tree.hashing import leaf_hash, root_of
from apps.common import actors
from tests import flushing


def write(at, count=1):
    """Write entries as answers do, in a transaction each."""
    written = []
    for _ in range(count):
        with transaction.atomic():
            written.append(
                audit.record(
                    event=Event.BOARD_VIEWED, actor=actors.user(7), at=at, subject="user:8"
                )
            )
    return written


def write_many(at, count):
    """Write many entries at once, with leaves that only have to differ."""
    Entry.objects.bulk_create(
        [
            Entry(
                id=uuid.uuid4(), leaf=os.urandom(24), recorded_at=at, event="x.y", outcome="allow"
            )
            for _ in range(count)
        ]
    )


def state():
    """Return all that sequencing wrote, without moments."""
    return (
        list(Leaf.objects.order_by("index").values_list("origin_id", "index", "entry_id", "hash")),
        list(Tile.objects.order_by("level", "number").values_list("level", "number", "data")),
        list(Checkpoint.objects.order_by("size").values_list("size", "root", "note")),
    )


def expected_root():
    """Return the root over the entries in the order of their indexes, from their bytes alone."""
    entries = dict(Entry.objects.values_list("id", "leaf"))
    order = Leaf.objects.order_by("origin_id", "index").values_list("entry_id", flat=True)
    return root_of([leaf_hash(bytes(entries[key])) for key in order])


@contextmanager
def as_superuser():
    """Lift the refusals of the database for the block, and give a cursor."""
    with flushing.triggers_lifted(connection), connection.cursor() as cursor:
        yield cursor


def places():
    """Return the place of each leaf's entry, by index."""
    column = "written_in" if connection.vendor == "postgresql" else "rowid"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT entry.{column} FROM audit_leaf leaf JOIN audit_entry entry ON entry.id ="
            ' leaf.entry_id ORDER BY leaf."index"'
        )
        return [place for (place,) in cursor.fetchall()]
