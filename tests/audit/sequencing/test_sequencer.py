"""Sequencing: every entry gets one index, whatever order transactions end in."""

import pytest

from apps.audit.models import Checkpoint, Leaf, Origin, Tile
from apps.audit.sequencing import Sequencer, catch_up, heads
from apps.audit.tree import checkpoints
from apps.audit.tree.notes import VerifyingKey
from tests.audit.sequencing import log

pytestmark = pytest.mark.django_db(transaction=True)


class TestSequencing:
    def test_every_entry_gets_the_next_index(self, at):
        written = log.write(at, 3)
        sequencer = Sequencer()
        assert sequencer.sequence(at) == 3
        assert sequencer.sequence(at) == 0
        written += log.write(at, 2)
        assert sequencer.sequence(at) == 2
        assert list(Leaf.objects.order_by("index").values_list("index", "entry_id")) == list(
            enumerate(written)
        )

    def test_catching_up_signs_what_was_written(self, at, settings):
        log.write(at, 3)
        head = catch_up(at)
        origin = Origin.objects.get()
        assert (origin.number, origin.name) == (1, settings.AUDIT_ORIGIN)
        note = heads.read(settings.AUDIT_HEAD_DIR)
        assert checkpoints.verified(note, VerifyingKey.parse(origin.vkey)) == head
        assert (head.size, head.root) == (3, log.expected_root())
        row = Checkpoint.objects.get()
        assert (row.size, bytes(row.root), row.note) == (3, head.root, note)
        assert catch_up(at) is None

    @pytest.mark.parametrize("count", [255, 256, 257])
    def test_a_tile_is_stored_once_it_is_full(self, at, count):
        log.write_many(at, count)
        head = catch_up(at)
        assert head.root == log.expected_root()
        assert Tile.objects.count() == (count >= 256)
