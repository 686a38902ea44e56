"""Codex transcripts: each request counts once, copies and repetitions never."""

import json
import random

import pytest

from apps.usage.formats import Rejected, UsageEvent
from apps.usage.formats.codex import read
from tests.usage.codex import MODEL, Transcript, at, line, meta, naive, turn, uuid7

PARENT = uuid7(0)
CHILD = uuid7(3600)


def session(name=PARENT):
    return Transcript(meta(0, name), turn(1, uuid7(1)))


def total(*transcripts):
    """What several files hold together, each event once, in whatever order they are read."""
    found = [each for transcript in transcripts for each in read(transcript.text)]
    assert all(isinstance(each, UsageEvent) for each in found)
    return sum({(each.id, each.at): each.total_tokens for each in found}.values())


class TestARequest:
    def test_its_input_is_told_without_the_cache_and_its_output_with_reasoning(self):
        (found,) = read(session().count(5, 1000, 900, 50, 20).text)
        assert (found.uncached_input_tokens, found.cache_read_tokens) == (100, 900)
        assert (found.output_tokens, found.total_tokens) == (50, 1050)
        assert (found.model, found.tool, found.provider) == (MODEL, "codex", "openai")
        assert (found.session, found.version) == (PARENT, "0.145.0")
        assert (found.entrypoint, found.identity) == ("codex_cli_rs", None)
        assert found.at.isoformat() == "2026-10-01T10:00:05+00:00"

    def test_a_days_work_adds_up_to_what_was_counted_by_hand(self):
        transcript = session().count(5, 1000, 0, 100).count(9, 1500, 1000, 50, 10)
        transcript.again(10).add(turn(60, uuid7(60), "gpt-5.5-mini")).count(70, 2000, 1600, 200)
        found = list(read(transcript.text))
        assert [each.total_tokens for each in found] == [1100, 1550, 2200]
        assert [each.model for each in found] == [MODEL, MODEL, "gpt-5.5-mini"]
        assert sum(each.uncached_input_tokens for each in found) == 1000 + 500 + 400
        assert sum(each.cache_read_tokens for each in found) == 2600
        assert sum(each.output_tokens for each in found) == 350

    def test_what_is_told_again_counts_once(self):
        transcript = session().count(5, 100, 0, 10).again(6).again(7).count(8, 200, 100, 10)
        assert [each.total_tokens for each in read(transcript.text)] == [110, 210]

    def test_equal_requests_count_each(self):
        transcript = session().count(5, 100, 0, 10).count(6, 100, 0, 10).count(6, 100, 0, 10)
        assert total(transcript) == 330

    def test_a_file_that_has_grown_tells_the_same_events(self):
        transcript = session().count(5, 100, 0, 10)
        before = list(read(transcript.text))
        after = list(read(transcript.count(9, 100, 0, 10).again(10).text))
        assert [(e.id, e.at) for e in before] == [(e.id, e.at) for e in after[:1]]
        assert len(after) == 2

    def test_without_the_last_request_the_totals_tell(self):
        transcript = session().count(5, 1000, 0, 100).count(9, 1500, 1000, 50)
        for each in transcript.lines[2:]:
            each["payload"]["info"]["last_token_usage"] = None
        assert [each.total_tokens for each in read(transcript.text)] == [1100, 1550]

    def test_an_introduction_may_name_the_model(self):
        transcript = Transcript(meta(0, PARENT, model="gpt-5.5-codex")).count(5, 10, 0, 1)
        assert [each.model for each in read(transcript.text)] == ["gpt-5.5-codex"]

    def test_headless_runs_are_told_by_how_they_were_started(self):
        transcript = Transcript(meta(0, PARENT, source="exec"))
        transcript.lines[0]["payload"]["originator"] = None
        (found,) = read(transcript.count(5, 10, 0, 1).text)
        assert found.entrypoint == "exec"

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            (lambda each: each.update(timestamp=None), "missing_field"),
            (lambda each: each.update(timestamp="yesterday"), "invalid_value"),
            (lambda each: last(each).update(input_tokens=-1), "negative_count"),
            (lambda each: last(each).update(input_tokens=10**13), "too_large"),
            (lambda each: last(each).update(input_tokens="7"), "invalid_value"),
            (lambda each: last(each).update(cached_input_tokens=101), "inconsistent_counts"),
        ],
    )
    def test_a_line_that_cannot_be_counted_is_named_and_the_next_is_read(self, change, code):
        transcript = session().count(5, 100, 0, 10).count(6, 200, 0, 10)
        change(transcript.lines[2])
        refused, kept = read(transcript.text, part=4)
        assert (refused.line, refused.code, refused.part) == (3, code, 4)
        assert kept.total_tokens == 210

    def test_other_lines_hold_nothing(self):
        others = [
            b'{"type":"response_item","payload":{"text":"token_count"}}\n',
            b'{"type":"event_msg","payload":{"type":"agent_message","id":5,"m":"token_count"}}\n',
            b'{"type":"event_msg","payload":{"type":"token_count","info":null}}\n',
            b'{"type":"event_msg","payload":["token_count"]}\n',
            b'["token_count"]\n',
            b"\n",
        ]
        found = list(read(others))
        assert [type(each) for each in found] == [Rejected]
        assert list(read([b'{"type":"event_msg","payload":{"type":"token_count"'])) == [
            Rejected(1, "invalid_json", "This is not valid JSON.")
        ]


def last(each):
    return each["payload"]["info"]["last_token_usage"]


class TestForks:
    """A fork begins with a copy, and the copy counts in the file that it was copied from alone."""

    def parent(self):
        transcript = Transcript(meta(0, PARENT), turn(1, uuid7(1)))
        for place in range(20):
            transcript.count(10 + place, 1000 + place, 500, 100)
        return transcript

    def test_only_the_own_work_of_a_fork_counts(self):
        fork = self.parent().fork(3600, CHILD).add(turn(3660, uuid7(3660)))
        fork.count(3670, 5000, 4000, 70)
        (own,) = read(fork.text)
        assert (own.total_tokens, own.session) == (5070, CHILD)

    @pytest.mark.parametrize("keeps_moments", [False, True])
    @pytest.mark.parametrize("names_turns", [False, True])
    def test_parent_and_forks_add_up_in_any_order(self, keeps_moments, names_turns):
        parent = self.parent()
        if not names_turns:
            for each in parent.lines:
                each["payload"].pop("turn_id", None)
        files = [parent]
        for place in range(3):
            start = 3600 * (place + 1)
            fork = parent.fork(start, uuid7(start, place), keeps_moments=keeps_moments)
            fork.add(turn(start + 60, uuid7(start + 60) if names_turns else None))
            files.append(fork.count(start + 70, 5000, 4000, 70 + place))
        truth = total(parent) + 5070 + 5071 + 5072
        for _ in range(5):
            random.Random(7).shuffle(files)
            assert total(*files) == truth
        assert total(*(each for each in files if each is not parent)) == truth - total(parent)
        assert naive(*files) > 3 * truth / 2

    def test_a_fork_of_a_fork_keeps_neither_copy(self):
        fork = self.parent().fork(3600, CHILD).add(turn(3660, uuid7(3660)))
        fork.count(3670, 5000, 4000, 70)
        again = fork.fork(7200, uuid7(7200)).add(turn(7260, uuid7(7260)))
        again.count(7270, 6000, 4000, 80)
        assert [each.total_tokens for each in read(again.text)] == [6080]

    def test_an_empty_fork_counts_nothing(self):
        assert list(read(self.parent().fork(3600, CHILD).text)) == []

    def test_a_spawned_session_is_told_by_who_asked_for_it(self):
        source = {"subagent": {"thread_spawn": {"parent_thread_id": PARENT, "depth": 1}}}
        child = self.parent().fork(3600, CHILD, forked_from_id=None, source=source)
        child.add(line(3600.1, "event_msg", type="task_started", turn_id=uuid7(3600.1)))
        child.count(3600.4, 5000, 4000, 70)
        assert [each.total_tokens for each in read(child.text)] == [5070]

    def test_a_copy_may_lack_the_introduction_of_the_session_it_is_of(self):
        source = {"subagent": {"thread_spawn": {"parent_thread_id": PARENT}}}
        parent = self.parent()
        parent.lines = parent.lines[1:]
        child = parent.fork(3600, CHILD, forked_from_id=None, source=source)
        child.add(turn(3600.1, uuid7(3600.1))).count(3600.4, 5000, 4000, 70)
        assert [each.total_tokens for each in read(child.text)] == [5070]

    def test_a_spawned_session_without_a_copy_keeps_its_first_request(self):
        source = {"subagent": {"thread_spawn": {"parent_thread_id": PARENT}}}
        child = Transcript(meta(3600, CHILD, source=source), meta(3600, PARENT))
        child.add(turn(3600.1, uuid7(3600.1))).count(3600.5, 5000, 4000, 70)
        assert [each.total_tokens for each in read(child.text)] == [5070]

    def test_a_turn_of_the_very_millisecond_is_the_sessions_own(self):
        fork = self.parent().fork(3600, uuid7(3600, tail=9))
        fork.add(turn(3600.2, uuid7(3600, tail=1))).count(3601, 5000, 4000, 70)
        assert [each.total_tokens for each in read(fork.text)] == [5070]

    def test_a_copy_with_other_identifiers_is_told_by_when_its_turns_began(self):
        old = "0b0e9c4e-8d5c-4a87-9f3c-7d4a4c9f2b11"
        began = int(json.loads("1790848801"))
        parent = Transcript(meta(0, PARENT)).add(
            line(1, "event_msg", type="task_started", turn_id=old, started_at=began)
        )
        parent.add(turn(1, old)).count(5, 100, 0, 10)
        fork = parent.fork(3600, CHILD)
        fork.add(line(3700, "event_msg", type="task_started", turn_id=old, started_at=began + 3699))
        fork.count(3701, 5000, 4000, 70)
        assert [each.total_tokens for each in read(fork.text)] == [5070]

    def test_what_is_no_fork_loses_nothing_however_fast_it_begins(self):
        transcript = Transcript(meta(0, PARENT), turn(0.1)).count(0.2, 100, 0, 10)
        assert total(transcript) == 110


def test_memory_does_not_grow_with_the_file():
    import tracemalloc

    transcript = session().count(5, 100, 0, 10)
    text = transcript.text[-1]

    def lines(count):
        yield from transcript.text[:-1]
        for place in range(count):
            yield text.replace(b'"input_tokens":100', b'"input_tokens":%d' % (100 + place))

    def peak(count):
        tracemalloc.start()
        assert sum(1 for _ in read(lines(count))) == count
        _, found = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return found

    small = peak(1_000)
    assert peak(20_000) < 1.5 * small + 50_000
    assert at(0) == "2026-10-01T10:00:00Z"
