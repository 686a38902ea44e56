"""Bodies of uploads: kept when small, inflated again when large, whole either way."""

import gzip
import random
import time

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


class TestPieces:
    """A body of many members or frames, each set up anew."""

    @pytest.mark.parametrize(
        ("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.compress)]
    )
    @pytest.mark.parametrize("content", [b"", b"a"])
    def test_more_of_them_than_anybody_needs_are_refused_at_once(self, encoding, pack, content):
        body = pack(content) * 200_000
        begun = time.process_time()
        with pytest.raises(bodies.TooLarge):
            bodies.chunks_of(body, encoding=encoding, limit=16 << 20)
        assert time.process_time() - begun < 1

    @pytest.mark.parametrize("encoding", ["gzip", "zstd"])
    def test_some_thousands_are_one_body(self, encoding):
        pack = gzip.compress if encoding == "gzip" else zstandard.compress
        body = b"".join(map(pack, [b"a" * 70_000, b"", *[b"b"] * 5_000]))
        chunks = bodies.chunks_of(body, encoding=encoding, limit=1_000_000)
        assert b"".join(chunks()) == b"a" * 70_000 + b"b" * 5_000

    def test_a_large_member_is_not_copied_again_and_again(self):
        body = gzip.compress(random.Random(4).randbytes(24 << 20), compresslevel=0)
        begun = time.process_time()
        assert bodies.chunks_of(body, encoding="gzip", limit=32 << 20).size == 24 << 20
        assert time.process_time() - begun < 0.2
