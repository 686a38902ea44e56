"""After an erasure every head, tile and proof is byte for byte what it was."""

import pytest
from django.db import transaction

from apps.audit import actions as audit
from apps.audit import storage
from apps.audit.erasures import Basis
from apps.audit.events import Event
from apps.audit.models import Checkpoint, Entry, Leaf, Tile
from apps.audit.queries.tree import index_of, proof_file
from apps.audit.sequencing import catch_up
from apps.audit.tree import tiles
from apps.audit.tree.hashing import leaf_hash
from apps.common import actors

pytestmark = pytest.mark.django_db(transaction=True)
SIZE = 300


@pytest.fixture
def entries(at, settings, tmp_path):
    """Three hundred entries: one full tile, and a signed head over all."""
    settings.AUDIT_HEAD_DIR = tmp_path
    with transaction.atomic():
        made = [
            audit.record(
                event=Event.BOARD_VIEWED,
                actor=actors.user(number % 3),
                at=at,
                subject="user:8",
                parameters={"number": number},
            )
            for number in range(SIZE)
        ]
    catch_up(at)
    return made


def tree(size):
    """Return everything that anybody may have got of the first entries."""
    named = [*tiles.tiles_of(size), *tiles.bundles_of(size)]
    return {
        "files": {name.path: storage.tile(1, name) for name in named},
        "tiles": [bytes(each) for each in Tile.objects.values_list("data", flat=True)],
        "leaves": [
            bytes(h) for h in Leaf.objects.filter(index__lt=size).values_list("hash", flat=True)
        ],
        "note": Checkpoint.objects.get(size=size).note,
        "root": storage.StoredTree(1, size=size).root(),
        "bytes": [bytes(e) for e in Entry.objects.order_by("id").values_list("leaf", flat=True)][
            :size
        ],
    }


def test_nothing_that_was_proved_changes(entries, at):
    size = storage.size_of(1)
    index = index_of(entries[7])
    before, proof = tree(size), proof_file(index).text
    erased = audit.erase_person(
        ["user:1"], basis=Basis.REQUEST, actor=actors.command("tests"), at=at
    )
    audit.erase_details(
        dict.fromkeys(entries, "asp"), basis=Basis.RETENTION, actor=actors.task("tests"), at=at
    )
    assert erased.entries == SIZE // 3
    assert tree(size) == before
    assert proof_file(index).text == proof

    head = catch_up(at)
    assert head.size == size + 2
    assert tree(size) == before
    grown = storage.StoredTree(1, size=head.size)
    assert grown.subtree(0, size) == before["root"]
    for erasure in erased.erasures:
        place = index_of(erasure)
        (stored,) = storage.entries_between(1, start=place, end=place + 1)
        assert grown.subtree(place, place + 1) == leaf_hash(stored)
