"""Bodies of uploads: kept when small, inflated again when large, whole either way."""

import gzip
import random

import pytest
import zstandard

from apps.api import bodies
from apps.usage.reading import inflation

WHOLE = random.Random(3).randbytes(300_000)
PACKED = {"": WHOLE, "gzip": gzip.compress(WHOLE), "zstd": zstandard.compress(WHOLE)}


class TestChunks:
    @pytest.mark.parametrize("encoding", PACKED)
    @pytest.mark.parametrize("kept", [1_000_000, 100_000, 0])
    def test_they_are_the_whole_body_as_often_as_it_is_read(self, monkeypatch, encoding, kept):
        monkeypatch.setattr(inflation, "KEPT_BYTES", kept)
        chunks = bodies.chunks_of(PACKED[encoding], encoding=encoding, limit=1_000_000)
        assert b"".join(chunks()) == WHOLE
        assert b"".join(chunks()) == WHOLE
