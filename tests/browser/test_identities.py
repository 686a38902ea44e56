"""The queue of unknown identities in a real browser, by keyboard alone."""

import pytest
from playwright.sync_api import expect

from apps.common import clock
from apps.usage import actions as usage
from apps.usage import queries
from tests import people
from tests.browser.conftest import sign_in
from tests.usage.events import event

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
QUEUE = "/admin/rights/unknownidentity/"


def test_a_name_is_found_and_claimed_without_a_mouse(visitor, company):
    now = clock.now()
    administrator = people.add("adam", role="admin", at=now)
    unknown = [event(1, at=now, identity="ally"), event(2, at=now, identity="other")]
    usage.ingest(source=queries.source("feed"), events=unknown, at=now)

    def journey(page):
        sign_in(page, administrator)
        page.goto(QUEUE)
        expect(page.get_by_role("rowheader", name="other")).to_be_visible()
        page.get_by_role("searchbox", name="Names that contain").focus()
        page.keyboard.type("ALL")
        page.keyboard.press("Enter")
        expect(page.get_by_role("rowheader", name="other")).to_have_count(0)
        assert page.url.endswith(QUEUE)
        page.get_by_label("E-mail address of the person to whom ally belongs").focus()
        page.keyboard.type(company.alice.email)
        page.keyboard.press("Enter")
        expect(page.get_by_text("This counts for Alice")).to_be_visible()
        expect(page.get_by_text("No name contains this.")).to_be_visible()
        assert "ally" not in page.url

    visitor.goes(journey)
