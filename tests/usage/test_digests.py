"""Digests: time first, one per source, id and second; responses by their ids alone."""

from apps.usage.digests import (
    moment_prefix,
    reading_digest,
    record_digest,
    session_digest,
    source_prefix,
)


class TestARecord:
    def test_digests_sort_by_time(self):
        ids = [record_digest(source_prefix(1), seconds, "x") for seconds in (5, 70_000, 1 << 31)]
        assert ids == sorted(ids)
        assert moment_prefix(69_999) < ids[1] < moment_prefix(70_001)
        assert {len(digest) for digest in ids} == {16}

    def test_another_source_id_or_second_is_another_record(self):
        one = record_digest(source_prefix(1), 7, "a")
        assert one == record_digest(source_prefix(1), 7, "a")
        others = {
            record_digest(source_prefix(2), 7, "a"),
            record_digest(source_prefix(1), 7, "b"),
            record_digest(source_prefix(1), 8, "a"),
        }
        assert len({one, *others}) == 4

    def test_a_lone_surrogate_has_a_digest_too(self):
        assert len(record_digest(source_prefix(1), 7, "\ud800")) == 16


class TestAResponse:
    def test_ids_do_not_run_into_each_other(self):
        assert reading_digest("ab", "c") != reading_digest("a", "bc")
        assert session_digest(1, "a", "b", keyed_by="id") != session_digest(
            1, "a", "b", keyed_by="id_and_time"
        )
