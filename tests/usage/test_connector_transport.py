"""How vendors say for how long they want to be left alone, and how files come in pieces."""

from datetime import UTC, datetime

import httpx2
import pytest

from apps.usage.connectors.copilot import _file
from apps.usage.connectors.transport import PullFailure, _retry_after
from tests.usage.pages import copilot_row, lines


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"Retry-After": "7"}, 7),
            ({"Retry-After": "99999999999999999999"}, 86_400),
            ({}, 10),
            ({"Retry-After": "soon"}, 10),
            ({"Retry-After": "-5"}, 10),
            (
                {
                    "Retry-After": "Fri, 20 Nov 2026 12:05:00 GMT",
                    "Date": "Fri, 20 Nov 2026 12:00:00 GMT",
                },
                300,
            ),
            (
                {
                    "Retry-After": "Fri, 20 Nov 2026 11:00:00 GMT",
                    "Date": "Fri, 20 Nov 2026 12:00:00 GMT",
                },
                1,
            ),
            ({"Retry-After": "Fri, 20 Nov 2026 12:05:00 GMT"}, 10),
        ],
    )
    def test_it_is_a_number_of_seconds_or_a_date(self, headers, seconds):
        assert _retry_after(httpx2.Response(429, headers=headers)) == seconds


class TestFiles:
    AT = datetime(2026, 11, 20, tzinfo=UTC)

    @pytest.mark.parametrize("size", [1, 7, 500, 100_000])
    def test_rows_may_be_cut_anywhere(self, size):
        content = lines(*(copilot_row(f"l{n}", user_id=n) for n in range(4))).rstrip()
        chunks = (content[n : n + size] for n in range(0, len(content), size))
        assert len(list(_file(chunks, self.AT))) == 12

    def test_a_row_without_an_end_is_given_up(self):
        with pytest.raises(PullFailure):
            list(_file((b"x" * 1_000_000 for _ in range(100)), self.AT))
