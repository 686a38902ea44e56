"""Which part of the house a request belongs to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.shutter.scopes import ScopeName, scope_of

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE"]


class TestScopeOf:
    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize(
        "path",
        [
            "/boards/",
            "/boards",
            "/boards/tokens-30d/",
            "/boards/no-such-board/",
            "/boards.csv",
            "/boards;x=1/",
            "//boards/",
            "/./boards//",
            "/BOARDS/Tokens/",
            "/%62oards/",
            "\\boards\\",
            "/ boards /",
            "boards",
            "/api/v1/boards",
            "/api/v1/boards/",
            "/api/v1/boards/tokens-30d",
            "/api/v1/boards.json",
            "//api///v1//boards",
            "/API/v1/Boards",
        ],
    )
    def test_boards_whatever_the_method_and_the_spelling(self, path, method):
        assert scope_of(path, method) is ScopeName.BOARDS

    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize(
        "path", ["/reports/", "/reports", "/reports/q3/", "/api/v1/reports/q3/releases/2026-10"]
    )
    def test_reports(self, path, method):
        assert scope_of(path, method) is ScopeName.REPORTS

    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize(
        "path",
        [
            "",
            "/",
            "//",
            "/badges/",
            "/privacy/disclosures/",
            "/privacy/export/",
            "/api/v1/me",
            "/api/v1/me/usage",
            "/api/v1/me/badges",
            "/api/v1/me/standings",
            "/api/v1/me/disclosures",
            "/api/v1/me/export",
            "/api/v1/me/visibility/x",
            "/api/v1/totals",
            "/api/v1/",
            "/api/",
            "/api/v2/me",
            "/a-page-that-nobody-listed/",
        ],
    )
    def test_all_is_what_is_not_known_to_be_harmless(self, path, method):
        assert scope_of(path, method) is ScopeName.ALL

    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize(
        "path",
        [
            "/accounts/login/",
            "/admin/",
            "/admin/shutter/scope/",
            "/audit/",
            "/audit/checkpoint",
            "/health/live",
            "/health/ready",
            "/metrics",
            "/otlp/v1/metrics",
            "/otlp/v1/logs",
            "/privacy/",
            "/privacy",
            "/static/web/site.css",
            "/api/v1/status",
            "/api/v1/closures",
            "/api/v1/usage/records",
            "/api/v1/audit/events",
            "/api/v1/schema",
            "/api/v1/docs",
        ],
    )
    def test_some_things_are_never_shut(self, path, method):
        assert scope_of(path, method) is None

    @pytest.mark.parametrize("method", METHODS)
    def test_hiding_and_leaving_stay_possible_and_nothing_else_of_ones_own(self, method):
        hiding = scope_of("/api/v1/me/visibility", method)
        leaving = scope_of("/api/v1/me/erasure", method)
        assert hiding is (None if method == "PUT" else ScopeName.ALL)
        assert leaving is (None if method == "POST" else ScopeName.ALL)

    @given(st.text(), st.sampled_from(METHODS))
    def test_it_answers_for_every_path(self, path, method):
        scope_of(path, method)

    @given(st.text(alphabet="/.%abcdeors\\ "), st.sampled_from(METHODS))
    def test_what_comes_after_boards_never_opens_it(self, rest, method):
        assert scope_of(f"/boards/{rest}", method) is ScopeName.BOARDS
        assert scope_of(f"/api/v1/boards/{rest}", method) is ScopeName.BOARDS
