import pytest
from playwright.sync_api import expect

from apps.common import actors, clock
from apps.people import queries as people
from apps.shutter import actions as shutter
from apps.shutter.queries import status
from apps.shutter.scopes import ScopeName
from tests import people as named_people
from tests.browser.conftest import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

BACKGROUND = "getComputedStyle(document.documentElement).backgroundColor"
OVERFLOW = "document.documentElement.scrollWidth - window.innerWidth"
FOCUSED = "document.activeElement.innerText || document.activeElement.id"


def brightness(colour: str) -> int:
    """Return the sum of the channels of `rgb(1, 2, 3)`."""
    return sum(int(each) for each in colour.removeprefix("rgb(").removesuffix(")").split(","))


class TestOnesOwnPage:
    @pytest.mark.parametrize(("scheme", "is_bright"), [("light", True), ("dark", False)])
    def test_it_greets_after_signing_in(self, scheme, is_bright, visitor, company):
        def journey(page):
            sign_in(page, company.alice)
            expect(page.get_by_role("heading", level=1)).to_have_text("My record")
            expect(page.get_by_text("Good to see you, Alice")).to_be_visible()
            expect(page.get_by_role("img", name="Tokens by day, stacked by model")).to_be_visible()
            page.get_by_text("The same as a table").click()
            expect(page.get_by_role("table", name="Tokens by day and model")).to_be_visible()
            return brightness(page.evaluate(BACKGROUND))

        assert (visitor.goes(journey, scheme=scheme) > 380) is is_bright

    @pytest.mark.parametrize("width", [360, 768, 1600])
    def test_nothing_sticks_out(self, width, visitor, company):
        paths = (
            "/",
            "/boards/",
            "/boards/tokens-30d/",
            "/boards/tiers-30d/",
            "/badges/",
            "/privacy/",
        )

        def journey(page):
            sign_in(page, company.alice)
            excess = {}
            for path in paths:
                page.goto(path)
                page.wait_for_load_state("networkidle")
                excess[path] = page.evaluate(OVERFLOW)
            return excess

        assert visitor.goes(journey, width=width) == dict.fromkeys(paths, 0)


class TestABoard:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_it_shows_who_takes_part(self, scheme, visitor, company):
        def journey(page):
            sign_in(page, company.alice)
            page.get_by_role("link", name="Boards").click()
            page.get_by_role("link", name="Tokens, 30 days").click()
            own = page.get_by_role("row").filter(has_text="you")
            expect(own).to_contain_text("Alice")
            expect(page.get_by_role("row").filter(has_text="Bob")).to_contain_text("4.32M")
            expect(page.get_by_role("heading", name="Your standing")).to_be_visible()

        visitor.goes(journey, scheme=scheme)


class TestPrivacy:
    def test_choosing_to_be_private_takes_effect_at_once(self, visitor, company):
        def choose(page):
            sign_in(page, company.bob)
            page.get_by_role("link", name="Privacy").click()
            page.get_by_label("Private", exact=False).first.check()
            page.get_by_role("button", name="Save my choice").click()
            expect(page.get_by_role("status")).to_contain_text("You are private")

        def look(page):
            sign_in(page, company.alice)
            page.goto("/boards/tokens-30d/")
            return page.get_by_role("main").inner_text()

        assert "Bob" in visitor.goes(look)
        visitor.goes(choose)
        assert people.person(company.bob.pk).visibility == "private"
        assert "Bob" not in visitor.goes(look)

    def test_who_looked_arrives_by_itself(self, visitor, company):
        def look(page):
            sign_in(page, company.alice)
            page.goto("/boards/tokens-30d/")

        def read(page):
            sign_in(page, company.bob)
            page.goto("/privacy/")
            expect(page.get_by_role("table")).to_contain_text("by name")

        visitor.goes(look)
        visitor.goes(read)


class TestTheKeyboard:
    def test_it_skips_to_the_content(self, visitor, company):
        def journey(page):
            sign_in(page, company.alice)
            page.goto("/boards/")
            page.keyboard.press("Tab")
            assert page.evaluate(FOCUSED) == "Skip to the content"
            page.keyboard.press("Enter")
            assert page.evaluate("document.activeElement.id") == "main"
            page.keyboard.press("Tab")
            return page.evaluate(FOCUSED)

        assert "30 days" in visitor.goes(journey)

    def test_it_reaches_the_main_actions(self, visitor, company):
        def journey(page):
            page.goto("/accounts/login/")
            page.get_by_label("Email").focus()
            page.keyboard.type(company.alice.email)
            page.keyboard.press("Tab")
            page.keyboard.type(named_people.PASSWORD)
            page.keyboard.press("Enter")
            page.wait_for_url(lambda url: "/accounts/" not in url)
            reached = []
            for _ in range(12):
                page.keyboard.press("Tab")
                reached.append(page.evaluate(FOCUSED).strip())
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                assert outline != "none", reached[-1]
            return reached

        reached = visitor.goes(journey)
        assert {"My record", "Boards", "Badges", "Privacy", "30 days"} <= set(reached)

    def test_it_signs_out(self, visitor, company):
        def journey(page):
            sign_in(page, company.alice)
            page.locator(".account summary").focus()
            page.keyboard.press("Enter")
            page.get_by_role("button", name="Sign out").press("Enter")
            page.wait_for_url("**/accounts/login/")

        visitor.goes(journey)

    def test_it_saves_a_choice(self, visitor, company):
        def journey(page):
            sign_in(page, company.alice)
            page.goto("/privacy/")
            page.locator("#choice-pseudonymous").focus()
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            expect(page.get_by_role("status")).to_contain_text("You take part by name")

        visitor.goes(journey)
        assert people.person(company.alice.pk).visibility == "named"


class TestShut:
    def test_a_shut_board_says_so_and_nothing_else(self, visitor, company):
        shutter.close(
            scope=ScopeName.BOARDS,
            actor=actors.command("tests"),
            at=clock.now(),
            message="Closed until Monday.",
        )

        def journey(page):
            sign_in(page, company.alice)
            answer = page.goto("/boards/tokens-30d/")
            assert answer.status == 503
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            return page.get_by_role("main").inner_text()

        text = visitor.goes(journey, expected="503")
        assert "Closed until Monday." in text
        assert "Bob" not in text


class TestTheAdmin:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_its_pages_break_no_policy(self, scheme, visitor, company):
        administrator = named_people.add("adam", role="admin", at=clock.now())
        paths = (
            "/admin/",
            "/admin/people/user/",
            "/admin/people/user/add/",
            "/admin/people/team/",
            "/admin/rankings/board/",
            "/admin/badges/badge/",
            "/admin/usage/source/",
            "/admin/shutter/scope/",
        )

        def journey(page):
            sign_in(page, administrator)
            seen = {}
            for path in paths:
                seen[path] = page.goto(path).status
                expect(page.get_by_text("Claudeonomics administration")).to_be_visible()
            return seen

        assert visitor.goes(journey, scheme=scheme) == dict.fromkeys(paths, 200)

    def test_one_click_in_it_closes_the_boards(self, visitor, company):
        administrator = named_people.add("adam", role="admin", at=clock.now())

        def close(page):
            sign_in(page, administrator)
            page.goto("/admin/shutter/scope/")
            form = page.locator("form").filter(
                has=page.locator('input[name="scope"][value="boards"]')
            )
            form.get_by_role("button").click()
            expect(page.get_by_text("It is shut.")).to_be_visible()
            return page.goto("/boards/").status

        assert visitor.goes(close, expected="503") == 503
        assert status()["boards"].state == "shuttered"
