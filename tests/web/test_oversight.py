"""The pages about coverage and reconciliation, as an administrator gets them and nobody else."""

import pytest

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import clock
from apps.shutter import actions as shutter
from apps.shutter.scopes import ScopeName
from apps.usage.coverage.comparison import rounded
from apps.usage.models import Connector, ConnectorState, Source, Upload
from tests.feeds import OPERATOR, source, two_feeds
from tests.web import markup

pytestmark = pytest.mark.django_db
PAGES = ("/coverage/", "/reconciliation/")


def page_of(client, path, *, status=200):
    response = client.get(path)
    assert response.status_code == status, path
    return markup.read(response)


@pytest.fixture
def feeds(db):
    return two_feeds(clock.now())


class TestWhoSeesThem:
    @pytest.mark.parametrize("path", PAGES)
    def test_administrators_find_them_in_the_navigation(self, path, administrator, signed_in):
        page = page_of(signed_in(administrator), path)
        links = {link.get("href"): link.get("aria-current") for link in page.all("a")}
        assert links[path] == "page"
        assert set(PAGES) <= links.keys()

    @pytest.mark.parametrize("path", PAGES)
    def test_to_everyone_else_they_are_pages_that_do_not_exist(
        self, path, alice, auditor, signed_in
    ):
        for user in (alice, auditor):
            client = signed_in(user)
            refused = page_of(client, path, status=404)
            unknown = page_of(client, "/no-such-page/", status=404)
            assert refused.words == unknown.words
            links = {link.get("href") for link in page_of(client, "/").all("a")}
            assert not links & set(PAGES)

    @pytest.mark.parametrize("path", PAGES)
    def test_while_everything_is_shut_they_are_too(self, path, administrator, signed_in, feeds):
        shutter.close(scope=ScopeName.ALL, actor=OPERATOR, at=clock.now(), message="Back soon.")
        answer = signed_in(administrator).get(path)
        assert answer.status_code == 503
        assert b"gateway" not in answer.content

    @pytest.mark.parametrize(
        ("path", "event"),
        [("/coverage/", Event.COVERAGE_VIEWED), ("/reconciliation/", Event.RECONCILIATION_VIEWED)],
    )
    def test_one_visit_is_one_entry_in_the_log(self, path, event, administrator, signed_in):
        response = signed_in(administrator).get(path)
        assert len(log.entries(event=event)) == 1
        assert response.headers["Cache-Control"] == "no-store, private"


class TestCoverage:
    def test_it_tells_how_each_source_fares(self, administrator, signed_in, feeds):
        words = page_of(signed_in(administrator), "/coverage/").words
        assert "People who report 12 of 13 accounts" in words
        assert "gateway" in words
        assert "1 h 06 min" in words  # the latest of the gateway's
        assert "claude-code 2.1.213: Answers that arrived in several frames" in words
        assert "vendor A clock there runs 10 minutes ahead." in words

    def test_a_few_people_are_not_counted(self, administrator, signed_in):
        two_feeds(clock.now(), size=9)
        words = page_of(signed_in(administrator), "/coverage/").words
        assert "People who report fewer than 10 of 10 accounts" in words
        assert words.count("too few people to tell") == 2
        assert f"{clock.now():%Y-%m-%d} too few" in words
        assert "1 h 06 min" not in words and "2.1.213" not in words

    def test_it_says_what_fails(self, administrator, signed_in, feeds):
        now = clock.now()
        gateway = Source.objects.get(slug="gateway")
        connector = Connector.objects.create(
            kind=Connector.Kind.OPENAI_USAGE, source=gateway, address="https://api.example/",
            secret=b"sealed", first_day=now.date(),
        )  # fmt: skip
        ConnectorState.objects.create(
            connector=connector, next_at=now, failures=2, error="The vendor refused the key."
        )
        Upload.objects.create(
            source=gateway, form="records", size=1, received_at=now, state="failed"
        )
        words = page_of(signed_in(administrator), "/coverage/").words
        assert "The connector fails: The vendor refused the key." in words
        assert "Uploads that could not be worked off: 1." in words
        assert "failed 2 times" in words

    def test_of_personal_sources_few_are_not_shown(self, administrator, signed_in, feeds):
        personal = source("desk-1", at=clock.now())
        Source.objects.filter(pk=personal.pk).update(subject=feeds.people[0])
        words = page_of(signed_in(administrator), "/coverage/").words
        assert "desk-1" not in words
        assert "only while those of at least 10 people report" in words

    def test_an_empty_installation_is_told_what_to_do(self, administrator, signed_in):
        words = page_of(signed_in(administrator), "/coverage/").words
        assert "Nobody reports yet" in words

    @pytest.mark.parametrize(("asked", "days"), [("7", 7), ("90", 90), ("31", 7), ("x", 7)])
    def test_the_period_is_one_of_three(self, asked, days, administrator, signed_in):
        page = page_of(signed_in(administrator), f"/coverage/?days={asked}")
        current = [link["href"] for link in page.all("a") if link.get("aria-current") == "true"]
        assert current == [f"?days={days}"]


class TestReconciliation:
    def test_it_tells_where_feeds_disagree(self, administrator, signed_in, feeds):
        words = page_of(signed_in(administrator), "/reconciliation/").words
        assert f"{rounded(feeds.counted):,}" in words
        assert f"{rounded(feeds.cross_check):,}" in words
        assert f"\N{MINUS SIGN}{rounded(rounded(feeds.counted) // 10):,}" in words
        assert f"{feeds.counted:,}" not in words
        assert "\N{MINUS SIGN}10%" in words
        assert "$24.00 $18.00 \N{MINUS SIGN}$6.00 \N{MINUS SIGN}25%" in words
        assert "withheld" not in words

    def test_of_a_few_it_only_says_that_there_is_something(self, administrator, signed_in):
        feeds = two_feeds(clock.now(), size=9)
        words = page_of(signed_in(administrator), "/reconciliation/").words
        assert "Nothing to compare" in words
        assert "fewer than 10 people" in words
        assert f"{rounded(feeds.counted):,}" not in words

    @pytest.mark.parametrize(("asked", "by"), [("day", "day"), ("week", "week"), ("x", "week")])
    def test_rows_are_by_day_or_week(self, asked, by, administrator, signed_in):
        page = page_of(signed_in(administrator), f"/reconciliation/?by={asked}&days=7")
        current = [link["href"] for link in page.all("a") if link.get("aria-current") == "true"]
        assert current == [f"?days=7&by={by}", f"?days=7&by={by}"]
