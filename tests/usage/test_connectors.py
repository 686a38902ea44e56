"""Pulling: pages, revisions, restarts, and whatever vendors do wrong; totals equal the truth."""

from datetime import timedelta

import pytest

from apps.audit.models import Entry
from apps.usage import actions, queries
from apps.usage.models import Stated
from tests.stubs.servers import KEY, Anthropic, Copilot, LiteLLM, OpenAI
from tests.usage.connecting import (
    AT,
    DOING,
    KINDS,
    at_once,
    connect,
    counted,
    day,
    pull,
    state,
    waits,
)
from tests.usage.pages import claude_code_row, completions, copilot_row, model_use, user_row

pytestmark = pytest.mark.django_db
PER_ROW = 1_894_000


@pytest.fixture
def anthropic():
    with Anthropic().running() as stub:
        for ago in range(3):
            stub.rows[day(ago)] = [row(f"p{number}", ago) for number in range(5)]
        yield stub


def row(name: str, ago: int, **tokens: int):
    date = f"{day(ago)}T00:00:00Z"
    use = model_use(**tokens)
    return claude_code_row(f"{name}@corp.example", date=date, model_breakdown=[use])


def truth(stub) -> int:
    return sum(
        sum(use["tokens"].values())
        for rows in stub.rows.values()
        for each in rows
        for use in each["model_breakdown"]
    )


class TestEachVendor:
    def test_claude_code(self, anthropic):
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        done = pull()
        assert (done.days, done.pages, done.is_finished, done.error) == (3, 9, True, "")
        assert counted() == 15 * PER_ROW == truth(anthropic)
        assert queries.totals(by=[])[0].reported_cost_micros == 15 * 3_120_000
        asked = anthropic.asked[0]
        assert asked.headers["anthropic-version"] == "2023-06-01"
        assert asked.query == {"starting_at": [day(2)], "limit": ["1000"]}

    def test_user_usage_is_never_asked_by_group(self):
        with Anthropic().running() as stub:
            span = {"starting_at": f"{day(1)}T00:00:00Z", "ending_at": f"{day(0)}T00:00:00Z"}
            stub.rows[day(1)] = [user_row(f"u{n}", f"u{n}@corp.example", **span) for n in range(3)]
            connect(stub, KINDS.ANTHROPIC_USER_USAGE)
            assert pull().error == ""
            assert counted() == 3 * PER_ROW
            assert stub.asked[0].query["group_by[]"] == ["model", "product"]
            assert stub.asked[0].query["ending_at"] == [f"{day(1)}T00:00:00Z"]
            assert queries.totals(by=["tool"])[0].keys == {"tool": "claude-code"}

    def test_openai(self):
        with OpenAI().running() as stub:
            stub.rows[day(1)] = [completions(user_id=f"user-{n}") for n in range(3)]
            connect(stub, KINDS.OPENAI_USAGE)
            assert pull().error == ""
            [found] = queries.totals(by=[])
            assert (found.uncached_input_tokens, found.cache_read_tokens) == (900_000, 2_700_000)

    def test_litellm_adds_what_its_pages_cut_apart(self):
        with LiteLLM().running() as stub:
            part = {"model": "gpt-5", "api_key": "h1", "user": "dana", "api_requests": 1}
            stub.rows[day(1)] = [
                {**part, "prompt_tokens": 100, "completion_tokens": 10 + n} for n in range(5)
            ]
            connect(stub, KINDS.LITELLM_DAILY)
            assert pull().error == ""
            assert counted() == 500 + 60
            assert len(stub.asked) == 1 + 3 + 1

    def test_litellm_that_widens_the_range_shows_nothing_twice(self):
        """Adding what a widened range repeats would show these days three times."""
        with LiteLLM().running() as stub:
            stub.rows_per_page = 50
            stub.widened_by = tuple(day(ago) for ago in range(8))
            for ago in range(3):
                stub.rows[day(ago)] = [
                    {"model": "gpt-5", "api_key": "h1", "user": "dana", "prompt_tokens": 7}
                ]
            connect(stub, KINDS.LITELLM_DAILY)
            pull()
            pull(minutes=60)
            assert counted() == 21

    def test_copilot_fetches_files_without_the_key(self):
        with Copilot().running() as stub:
            for ago in (1, 2):
                stub.rows[day(ago)] = [
                    copilot_row(f"login{n}", user_id=n, day=day(ago)) for n in range(3)
                ]
            connect(stub, KINDS.COPILOT_USERS)
            done = pull()
            assert (done.days, done.pages, done.error) == (2, 4, "")
            assert counted() == 2 * 3 * 8_800
            files = [each for each in stub.asked if each.path.startswith("/files/")]
            assert len(files) == 4
            assert not any("authorization" in each.headers for each in files)
            assert stub.asked[0].path == "/orgs/corp/copilot/metrics/reports/users-1-day"

    def test_copilot_waits_for_a_day_that_is_not_there_yet(self):
        with Copilot().running() as stub:
            stub.rows[day(2)] = [copilot_row(day=day(2))]
            connect(stub, KINDS.COPILOT_USERS)
            done = pull()
            assert (done.days, done.is_finished, done.error) == (1, True, "")
            stub.rows[day(1)] = [copilot_row(day=day(1))]
            assert pull(minutes=600).days == 2
            assert counted() == 2 * 8_800

    def test_copilot_follows_no_link_in_the_clear(self):
        with Copilot().running() as stub:
            stub.rows[day(1)] = [copilot_row(day=day(1))]
            stub.link_base = "http://files.corp.example"
            connect(stub, KINDS.COPILOT_USERS, days=1)
            assert pull().error_code == "unsafe_link"


class TestRevisions:
    @pytest.fixture
    def connected(self, anthropic):
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        pull()
        return anthropic

    def test_pulling_again_changes_nothing(self, connected):
        for minutes in (60, 120):
            assert pull(minutes=minutes).error == ""
            assert counted() == truth(connected)

    def test_figures_go_up_and_down(self, connected):
        """A merge that only ever goes up would keep the larger of the two."""
        connected.rows[day(1)][0] = row("p0", 1, output=5)
        connected.rows[day(1)][1] = row("p1", 1, output=50_000)
        pull(minutes=60)
        assert counted() == truth(connected) == 15 * PER_ROW - 20_995 + 29_000

    def test_rows_vanish_and_appear(self, connected):
        connected.rows[day(1)] = connected.rows[day(1)][1:]
        connected.rows[day(2)] = []
        connected.rows[day(0)].append(row("new", 0))
        pull(minutes=60)
        assert counted() == truth(connected) == 10 * PER_ROW

    def test_days_beyond_the_revised_ones_are_left_alone(self, connected):
        before = len(connected.asked)
        pull(minutes=10 * 24 * 60)
        days = {each.query["starting_at"][0] for each in connected.asked[before:]}
        assert min(days) == day(0)
        assert len(days) == 11

    def test_a_day_with_a_bad_row_stays_open(self, connected):
        connected.rows[day(1)] = [row("p0", 1), {"actor": 3}]
        done = pull(minutes=60)
        assert done.error_code == "rows_refused"
        assert day(1) in done.error
        assert counted() == 15 * PER_ROW
        assert state().failures == 0
        connected.rows[day(1)].pop()
        assert pull(minutes=120).error == ""
        assert counted() == truth(connected)

    def test_an_earlier_first_day_is_caught_up_with(self, connected):
        connected.rows[day(9)] = [row("old", 9)]
        wanted = actions.ConnectorSettings(
            address=connected.address, first_day=(AT - timedelta(days=9)).date()
        )
        actions.change_connector(slug="vendor", wanted=wanted, **DOING)
        pull(minutes=60)
        assert counted() == truth(connected)


class TestTrouble:
    @pytest.mark.parametrize("request_number", [1, 2, 5, 9])
    @pytest.mark.parametrize(
        ("fault", "code"),
        [
            ("error", "vendor_error"),
            ("refused", "key_refused"),
            ("forbidden", "key_refused"),
            ("nowhere", "not_found"),
            ("elsewhere", "redirected"),
            ("html", "malformed"),
            ("truncated", "malformed"),
            ("broken off", "unreachable"),
            ("throttle long", "throttled"),
        ],
    )
    def test_what_fails_is_told_and_made_good(self, anthropic, fault, code, request_number):
        anthropic.faults[request_number] = fault
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        done = pull()
        assert (done.error_code, done.is_finished) == (code, False)
        assert state().error == done.error
        assert "Claude Code usage report" in done.error
        assert not any(word in done.error for word in (KEY, "dana", "html", "127.0.0.1"))
        assert state().next_at > AT
        asked = len(anthropic.asked)
        assert pull(minutes=30).error == ""
        assert len(anthropic.asked) == asked + 9 - (request_number - 1)
        assert counted() == truth(anthropic)
        assert state().error == ""

    def test_a_refused_key_says_what_to_check(self, anthropic):
        anthropic.always = "refused"
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        assert "The key was refused (401): make an Admin key" in pull().error

    def test_who_asks_to_wait_a_little_is_waited_for(self, anthropic):
        anthropic.faults[2] = "throttle"
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        assert pull().error == ""
        assert waits == [7.0]
        assert counted() == truth(anthropic)

    def test_who_asks_to_wait_long_is_left_alone_and_that_is_no_failure(self, anthropic):
        anthropic.faults[2] = "throttle long"
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        pull()
        assert state().failures == 0
        assert timedelta(seconds=899) < state().next_at - AT < timedelta(seconds=910)

    @pytest.mark.parametrize("fault", ["gone", "bad cursor"])
    def test_a_forgotten_cursor_begins_the_day_anew(self, anthropic, fault):
        anthropic.faults[5] = fault
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        assert pull().error == ""
        assert counted() == truth(anthropic)
        assert len(anthropic.asked) == 9 + 2

    def test_a_vendor_that_always_forgets_is_given_up(self, anthropic):
        anthropic.forgotten.add(f"page-{day(2)}-2")
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        assert pull().error_code == "cursor_expired"
        anthropic.forgotten.clear()
        assert pull(minutes=9).error == ""
        assert counted() == truth(anthropic)

    def test_pages_without_an_end_are_given_up(self, anthropic):
        anthropic.cut = lambda *_: ([], "same")
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        assert pull().error_code == "endless_pages"

    def test_a_vendor_that_hangs_is_left(self, anthropic, monkeypatch):
        import httpx2

        from apps.usage.connectors import transport

        monkeypatch.setattr(transport, "_TIMEOUT", httpx2.Timeout(0.3))
        anthropic.faults[2] = "hang"
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        assert pull().error_code == "timeout"
        assert pull(minutes=1).error == ""
        assert counted() == truth(anthropic)

    def test_an_answer_is_bounded(self, anthropic, monkeypatch):
        from apps.usage.connectors import transport

        monkeypatch.setattr(transport, "MAX_PAGE_BYTES", 1_000)
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        assert pull().error_code == "too_large"
        assert counted() == 0

    def test_nobody_there(self, anthropic):
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        anthropic.address = ""
        wanted = actions.ConnectorSettings(address="http://127.0.0.1:9", first_day=AT.date())
        actions.change_connector(slug="vendor", wanted=wanted, secret=KEY, **DOING)
        assert pull().error_code == "unreachable"

    def test_failures_back_off_up_to_six_hours(self, anthropic):
        anthropic.always = "error"
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        waited = []
        for _ in range(11):
            pull()
            waited.append(round((state().next_at - AT).total_seconds() / 60))
        assert waited[:4] == [1, 2, 4, 8]
        assert waited[-1] == 360
        assert state().failures == 11

    def test_each_pull_is_in_the_log(self, anthropic):
        anthropic.faults[1] = "refused"
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        pull()
        pull(minutes=5)
        rows = Entry.objects.filter(event="connector.pulled").order_by("recorded_at")
        leaves = [bytes(each.leaf).decode() for each in rows]
        assert '"rule":"key_refused"' in leaves[0]
        assert '"rule":""' in leaves[1]
        assert '"n":30' in leaves[1]
        assert not any(KEY in each for each in leaves)


class TestTurns:
    def test_a_pull_that_runs_out_of_time_goes_on_in_the_next(self, anthropic):
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        pulls = 0
        while not pull(minutes=pulls, pace=at_once(seconds=0.0)).is_finished:
            pulls += 1
            assert state().next_at <= AT + timedelta(minutes=pulls)
            assert pulls < 9
        assert counted() == truth(anthropic)
        assert len(anthropic.asked) == 9

    def test_statements_are_kept_once(self, anthropic):
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        pull()
        pull(minutes=60)
        assert Stated.objects.count() == 30
