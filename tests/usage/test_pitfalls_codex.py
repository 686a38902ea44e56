"""
Known ways of miscounting Codex transcripts, each by the factor that it was off by.

Every test counts the naive way first, finds the known error, and then asks what
is counted here.
"""

import pytest

from apps.usage.formats.codex import read
from tests.usage.codex import Transcript, meta, naive, turn, uuid7


def session(requests, start=0.0, tokens=1000):
    transcript = Transcript(meta(start, uuid7(start)), turn(start + 1, uuid7(start + 1)))
    for place in range(requests):
        transcript.count(start + 5 + place, tokens - 100, tokens // 2, 100)
    return transcript


def forked(parent, start, requests, tail=0, tokens=1000):
    """A fork an hour or more later that goes on by so many requests."""
    fork = parent.fork(start, uuid7(start, tail)).add(turn(start + 30, uuid7(start + 30)))
    for place in range(requests):
        fork.count(start + 40 + place, tokens - 100, tokens // 2, 100)
    return fork


def counted(*transcripts):
    found = {}
    for transcript in transcripts:
        for each in read(transcript.text):
            found[each.id, each.at] = each.total_tokens
    return sum(found.values())


def by_total_alone(*transcripts):
    """What one counts that knows a request of a fork by its parent and the running total."""
    seen = {}
    for transcript in transcripts:
        for each in transcript.lines:
            if each["payload"].get("type") == "token_count":
                info = each["payload"]["info"]
                used = info["last_token_usage"]["total_tokens"]
                seen.setdefault(info["total_token_usage"]["total_tokens"], used)
    return sum(seen.values())


class TestForks:
    @pytest.mark.parametrize(
        ("parent", "own", "over"), [(30, 70, 1.30), (57, 43, 1.57), (67, 33, 1.67)]
    )
    def test_a_fork_adds_its_parents_work_again(self, parent, own, over):
        first = session(parent)
        fork = forked(first, 3600, own)
        truth = (parent + own) * 1000
        assert naive(first, fork) / truth == pytest.approx(over)
        assert counted(first, fork) == counted(fork, first) == truth

    def test_ninety_eight_children_of_one_session_add_it_ninety_eight_times(self):
        # 44.9 thousand million were reported for 13.5 million; here for a session of 34 requests
        # whose children were asked one thing each.
        parent = session(34)
        children = [forked(parent, 3600 + place, 1, tail=place, tokens=200) for place in range(98)]
        truth = 34 * 1000 + 98 * 200
        assert naive(parent, *children) / truth > 60
        assert counted(*children, parent) == truth

    def test_the_sum_of_sums_is_larger_still(self):
        transcript = session(2 * 68)
        sums = sum(
            each["payload"]["info"]["total_token_usage"]["total_tokens"]
            for each in transcript.lines
            if each["payload"].get("type") == "token_count"
        )
        # The same session was read as 149 million and as 10,369 million.
        assert sums / counted(transcript) == pytest.approx(10_369 / 149, rel=0.02)
        assert counted(transcript) == 2 * 68 * 1000

    def test_a_count_told_again_adds_itself_again(self):
        transcript = Transcript(meta(0, uuid7(0)), turn(1, uuid7(1)))
        for place in range(50):
            transcript.count(5 + 2 * place, 900, 500, 100).again(6 + 2 * place)
        assert naive(transcript) == 2 * 50 * 1000
        assert counted(transcript) == 50 * 1000


class TestTooEager:
    """What was meant against copies must not drop work."""

    def test_own_work_that_reaches_a_total_of_the_parents_is_kept(self):
        # The parent went on after the fork, in steps of the same size.
        parent = session(60)
        fork = Transcript(*parent.lines)
        fork.lines, fork.totals = parent.lines[:52], [50 * 900, 50 * 500, 50 * 100, 0]
        fork = forked(fork, 3600, 10)
        truth = (60 + 10) * 1000
        assert by_total_alone(parent, fork) == truth - 10 * 1000
        assert counted(parent, fork) == truth

    def test_two_children_doing_the_same_are_two(self):
        parent = session(20)
        one, other = forked(parent, 3600, 5), forked(parent, 3600, 5, tail=1)
        assert by_total_alone(parent, one, other) == 25 * 1000
        assert counted(parent, one, other) == counted(other, parent, one) == 30 * 1000

    def test_equal_requests_one_after_the_other_are_two(self):
        transcript = session(2)
        told = [each["payload"]["info"] for each in transcript.lines[2:]]
        assert told[0]["last_token_usage"] == told[1]["last_token_usage"]
        assert counted(transcript) == 2000
