"""Digests: time first, one per source, id and second; responses by their ids alone."""

import pytest

from apps.pseudonyms import queries as pseudonyms
from apps.usage import actions
from apps.usage.digests import (
    message_number,
    moment_prefix,
    reading_digest,
    record_digest,
    records_of,
    session_digest,
)
from apps.usage.models import Reading, Session
from tests.usage.events import AT, event, reading, source

KEY, OTHER = b"k" * 32, b"o" * 32


class TestARecord:
    def test_digests_sort_by_time(self):
        ids = [
            record_digest(records_of(1, key=KEY), seconds, "x") for seconds in (5, 70_000, 1 << 31)
        ]
        assert ids == sorted(ids)
        assert moment_prefix(69_999) < ids[1] < moment_prefix(70_001)
        assert {len(digest) for digest in ids} == {16}

    def test_another_source_id_or_second_is_another_record(self):
        one = record_digest(records_of(1, key=KEY), 7, "a")
        assert one == record_digest(records_of(1, key=KEY), 7, "a")
        others = {
            record_digest(records_of(2, key=KEY), 7, "a"),
            record_digest(records_of(1, key=KEY), 7, "b"),
            record_digest(records_of(1, key=KEY), 8, "a"),
            record_digest(records_of(1, key=OTHER), 7, "a"),
        }
        assert len({one, *others}) == 5

    def test_a_lone_surrogate_has_a_digest_too(self):
        assert len(record_digest(records_of(1, key=KEY), 7, "\ud800")) == 16


class TestAResponse:
    def test_ids_do_not_run_into_each_other(self):
        assert reading_digest("ab", "c", key=KEY) != reading_digest("a", "bc", key=KEY)
        assert session_digest(1, "a", "b", keyed_by="id", key=KEY) != session_digest(
            1, "a", "b", keyed_by="id_and_time", key=KEY
        )

    def test_another_key_gives_other_digests(self):
        for key in (b"", OTHER):
            assert reading_digest("a", "b", key=KEY) != reading_digest("a", "b", key=key)
            assert message_number("a", key=KEY) != message_number("a", key=key)
            assert session_digest(1, "a", "b", keyed_by="id", key=KEY) != session_digest(
                1, "a", "b", keyed_by="id", key=key
            )


@pytest.mark.django_db
class TestADump:
    def test_who_has_a_transcript_but_no_key_finds_nobody_in_it(self):
        actions.ingest(
            at=AT, source=source(), events=[reading("msg_a", session="s-9"), event(session="s-9")]
        )
        stored = Reading.objects.get()
        sessions = {bytes(each) for each in Session.objects.values_list("digest", flat=True)}
        subjects = {stored.subject, *Session.objects.values_list("subject", flat=True)}
        assert len(sessions) == 2
        for key in (b"", OTHER):
            assert bytes(stored.digest) != reading_digest("msg_a", "req_1", key=key)
            assert stored.message != message_number("msg_a", key=key)
            guesses = {
                session_digest(subject, "claude-code", "s-9", keyed_by=keyed_by, key=key)
                for subject in subjects
                for keyed_by in ("id", "id_and_time")
            }
            assert not guesses & sessions
        assert bytes(stored.digest) == reading_digest(
            "msg_a", "req_1", key=pseudonyms.usage_digest_key()
        )
