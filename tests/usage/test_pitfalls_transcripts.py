"""
Known ways of miscounting Claude Code transcripts, each by the factor that it was off by.

Every test counts the naive way first, finds the known error, and then asks what
is counted here.
"""

import json

import pytest

from apps.usage import actions, queries
from apps.usage.formats.claude_code import read
from tests import people
from tests.usage.events import AT, source
from tests.usage.test_transcripts import line


def block(message, request="req_{}", output=512, **given):
    """One line of a response; the response has as many as it has blocks of content."""
    usage = {
        "input_tokens": 3,
        "output_tokens": output,
        "cache_read_input_tokens": 48_210,
        "cache_creation_input_tokens": 900,
    }
    request = request and request.format(message)
    return line(message={"id": f"msg_{message}", "usage": usage}, requestId=request, **given)


WHOLE = 3 + 512 + 48_210 + 900


def tokens(text):
    usage = json.loads(text)["message"]["usage"]
    return sum(count for name, count in usage.items() if name.endswith("_tokens"))


def naive(lines):
    """What a program counts that adds up lines."""
    return sum(map(tokens, lines))


def kept_first(lines):
    """What one counts that keeps the first line of each response."""
    first = {}
    for each in lines:
        first.setdefault(json.loads(each)["message"]["id"], each)
    return naive(first.values())


def keyed_by_both(lines):
    """What one counts that knows a response by both identifiers, and else by its line."""
    found = {}
    for place, each in enumerate(lines):
        told = json.loads(each)
        request = told["requestId"]
        key = (told["message"]["id"], request) if request else place
        found[key] = each
    return naive(found.values())


@pytest.mark.django_db
class TestTranscripts:
    @pytest.fixture(autouse=True)
    def company(self):
        dana = people.add("dana", at=AT)
        self.source = source("mine", person_id=dana.pk)

    def counted(self, lines):
        actions.ingest(source=self.source, events=read(lines), at=AT)
        return sum(row.total_tokens for row in queries.totals(by=["day"]))

    @pytest.mark.parametrize("blocks", [2, 3, 4])
    def test_a_response_is_written_once_for_each_block_of_content(self, blocks):
        lines = [block(message) for message in range(50) for _ in range(blocks)]
        assert naive(lines) == blocks * 50 * WHOLE
        assert self.counted(lines) == 50 * WHOLE

    def test_forty_three_of_a_hundred_lines_repeat_and_add_three_quarters(self):
        lines = [block(message) for message in (*range(57), *range(43))]
        assert naive(lines) / (57 * WHOLE) == pytest.approx(1.754, abs=0.001)
        assert self.counted(lines) == 57 * WHOLE

    def test_repeated_lines_add_a_hundred_and_sixty_six_percent(self):
        lines = [block(message) for message in range(100) for _ in range(2 + (message % 3 > 0))]
        assert naive(lines) / (100 * WHOLE) == pytest.approx(2.66, abs=0.01)
        assert self.counted(lines) == 100 * WHOLE

    @pytest.mark.parametrize(("blocks", "over"), [(23, 2.3), (14, 1.44)])
    def test_other_providers_tell_no_request(self, blocks, over):
        # Ten responses in so many lines, none with a `requestId`.
        lines = [block(place % 10, request=None) for place in range(blocks)]
        assert keyed_by_both(lines) / (10 * WHOLE) == pytest.approx(over, abs=0.05)
        assert self.counted(lines) == 10 * WHOLE

    def test_the_first_line_of_a_response_holds_a_part_of_its_output(self):
        lines = [block(message, output=output) for message in range(20) for output in (1, 200, 512)]
        assert kept_first(lines) == 20 * (WHOLE - 511)
        assert self.counted(lines) == 20 * WHOLE

    def test_side_chains_and_resumed_sessions_copy_what_was_counted(self):
        # 292,757 lines and 139,447 responses, at a hundredth.
        unique, copies = 1394, 2928 - 1394
        lines = [block(message) for message in range(unique)]
        lines += [
            block(
                message % unique,
                request="req_again_{}" if message % 2 else "req_{}",
                isSidechain=bool(message % 2),
                sessionId=f"s-{message % 7}",
            )
            for message in range(copies)
        ]
        assert naive(lines) / (unique * WHOLE) == pytest.approx(292_757 / 139_447, abs=0.01)
        assert self.counted(lines) == unique * WHOLE

    def test_leaving_out_the_cache_leaves_one_percent(self):
        lines = [block(message) for message in range(10)]
        told = [json.loads(each)["message"]["usage"] for each in lines]
        without = sum(each["input_tokens"] + each["output_tokens"] for each in told)
        assert 1 - without / (10 * WHOLE) == pytest.approx(0.99, abs=0.001)
        assert self.counted(lines) == 10 * WHOLE
