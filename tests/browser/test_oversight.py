import pytest
from playwright.sync_api import expect

from apps.common import clock
from apps.usage.coverage.comparison import rounded
from tests import people as named_people
from tests.browser.conftest import sign_in
from tests.browser.test_journeys import BACKGROUND, OVERFLOW, brightness
from tests.feeds import two_feeds

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def administrator(transactional_db):
    return named_people.add("adam", role="admin", at=clock.now())


@pytest.fixture
def feeds(transactional_db):
    return two_feeds(clock.now())


class TestOversight:
    @pytest.mark.parametrize(("scheme", "is_bright"), [("light", True), ("dark", False)])
    def test_an_administrator_finds_out_how_sources_fare(
        self, scheme, is_bright, visitor, administrator, feeds
    ):
        def journey(page):
            sign_in(page, administrator)
            page.get_by_role("link", name="Coverage").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Coverage")
            table = page.get_by_role("table", name="What each source sent, and how good it was")
            expect(table.get_by_role("row").filter(has_text="gateway")).to_contain_text("12")
            faults = page.get_by_role("table", name="Versions that reported")
            expect(faults).to_contain_text("3 known")
            expect(page.get_by_text("Answers that arrived in several frames")).to_be_visible()
            page.get_by_role("link", name="30 days").click()
            expect(page.get_by_role("link", name="30 days")).to_have_attribute(
                "aria-current", "true"
            )
            return brightness(page.evaluate(BACKGROUND))

        assert (visitor.goes(journey, scheme=scheme) > 380) is is_bright

    def test_an_administrator_finds_out_where_feeds_disagree(self, visitor, administrator, feeds):
        def journey(page):
            sign_in(page, administrator)
            page.get_by_role("link", name="Reconciliation").click()
            row = page.get_by_role("row").filter(has_text="statements")
            expect(row).to_contain_text(f"{rounded(feeds.counted):,}")
            page.get_by_text("By bucket").click()
            expect(page.get_by_role("listitem").filter(has_text="output tokens")).to_be_visible()
            page.get_by_role("link", name="by day").click()
            expect(page.get_by_role("columnheader", name="Day").first).to_be_visible()

        visitor.goes(journey)

    @pytest.mark.parametrize("width", [360, 768, 1600])
    def test_nothing_sticks_out(self, width, visitor, administrator, feeds):
        paths = ("/coverage/", "/reconciliation/")

        def journey(page):
            sign_in(page, administrator)
            excess = {}
            for path in paths:
                page.goto(path)
                page.wait_for_load_state("networkidle")
                excess[path] = page.evaluate(OVERFLOW)
            return excess

        assert visitor.goes(journey, width=width) == dict.fromkeys(paths, 0)

    def test_an_employee_finds_nothing(self, visitor, alice, feeds):
        def journey(page):
            sign_in(page, alice)
            expect(page.get_by_role("link", name="Coverage")).to_have_count(0)
            page.goto("/coverage/")
            return page.get_by_role("main").inner_text()

        assert "gateway" not in visitor.goes(journey, expected="404")
