import pytest
from playwright.sync_api import expect

from apps.audit.sequencing import catch_up
from apps.common import clock
from apps.disclosure import gate
from apps.people import queries as people
from tests import people as named_people
from tests.browser.conftest import sign_in
from tests.browser.test_journeys import BACKGROUND, OVERFLOW, brightness

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def olga(transactional_db):
    return named_people.add("olga", role="auditor", at=clock.now())


@pytest.fixture
def seen(company):
    """Somebody looked at a board on which Alice stands, and the log is signed."""
    viewer = gate.Viewer(company.bob, people.role_of(company.bob))
    for _ in range(3):
        gate.board_copy(viewer, "tokens-30d", at=clock.now())
    catch_up(clock.now())
    return company


class TestTheLog:
    @pytest.mark.parametrize(("scheme", "is_bright"), [("light", True), ("dark", False)])
    def test_an_auditor_finds_who_looked_and_keeps_the_proof(
        self, scheme, is_bright, visitor, olga, seen
    ):
        def journey(page):
            sign_in(page, olga)
            page.get_by_role("link", name="Audit", exact=True).click()
            expect(page.get_by_text("Signed head")).to_be_visible()
            page.get_by_label("Who", exact=True).fill("bob@corp.example")
            page.get_by_label("What").select_option("board.viewed")
            page.get_by_role("button", name="Search").click()
            row = page.get_by_role("row").filter(has_text="board.viewed").first
            expect(row).to_contain_text("Bob")
            with page.expect_download() as download:
                row.get_by_role("link").click()
            assert download.value.suggested_filename.endswith(".tlog-proof")
            return brightness(page.evaluate(BACKGROUND))

        assert (visitor.goes(journey, scheme=scheme) > 380) is is_bright

    def test_everyone_finds_the_proofs_of_looks_at_their_row(self, visitor, seen):
        def journey(page):
            sign_in(page, seen.alice)
            page.goto("/privacy/")
            page.get_by_text("3 proofs").click()
            with page.expect_download() as download:
                page.locator(".proofs").get_by_role("link").first.click()
            return download.value.path().read_text(encoding="utf-8")

        assert visitor.goes(journey).startswith("c2sp.org/tlog-proof@v1\nextra ")

    @pytest.mark.parametrize("width", [360, 768, 1600])
    def test_nothing_sticks_out(self, width, visitor, olga, seen):
        def journey(page):
            sign_in(page, olga)
            page.goto("/audit/")
            return page.evaluate(OVERFLOW)

        assert visitor.goes(journey, width=width) == 0
