import pytest

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import clock
from apps.people import actions as people_actions
from apps.people import queries as people
from apps.rights import actions as rights
from apps.shutter import actions as shutter
from apps.shutter.queries import Shuttered
from apps.shutter.scopes import ScopeName
from apps.usage import actions as usage
from apps.web import views
from tests.company import OPERATOR
from tests.people import PASSWORD
from tests.web import markup

pytestmark = pytest.mark.django_db

PAGES = ("/", "/boards/", "/badges/", "/privacy/", "/privacy/disclosures/", "/reports/")
ACCOUNT_PAGES = (
    "/accounts/password/change/",
    "/accounts/reauthenticate/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/tokens/",
    "/accounts/logout/",
)
PUBLIC_PAGES = ("/accounts/login/", "/accounts/password/reset/", "/accounts/inactive/")


def page_of(client, path, *, status=200):
    response = client.get(path)
    assert response.status_code == status, path
    return markup.read(response)


class TestEveryPage:
    @pytest.mark.parametrize("path", PAGES)
    def test_it_keeps_its_promises_with_figures_and_without(self, path, company, signed_in):
        newcomer = _newcomer()
        for user in (company.alice, company.carol, newcomer):
            page_of(signed_in(user), path)

    @pytest.mark.parametrize("slug", ["tokens-30d", "tiers-30d", "automation-30d"])
    def test_boards_do_too(self, slug, company, signed_in):
        for user in (company.alice, company.carol):
            page_of(signed_in(user), f"/boards/{slug}/")

    @pytest.mark.parametrize("path", ACCOUNT_PAGES)
    def test_pages_about_the_account_do_too(self, path, alice, client):
        client.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        page_of(client, path)

    @pytest.mark.parametrize("path", PUBLIC_PAGES)
    def test_pages_before_signing_in_do_too(self, path, client, db):
        page_of(client, path)

    @pytest.mark.parametrize("path", [*PAGES, "/boards/tokens-30d/", "/audit/"])
    def test_nobody_sees_it_without_signing_in(self, path, client, db):
        response = client.get(path)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/accounts/login/")

    @pytest.mark.parametrize("path", PAGES)
    def test_it_is_kept_by_no_cache(self, path, alice, signed_in):
        assert signed_in(alice).get(path).headers["Cache-Control"] == "no-store, private"

    def test_a_strict_policy_comes_with_it(self, alice, signed_in):
        policy = signed_in(alice).get("/").headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


class TestMyRecord:
    def test_it_shows_exact_figures_by_day_and_model(self, company, signed_in):
        words = page_of(signed_in(company.alice), "/").words
        assert "7,654,321" in words
        assert "claude-opus-4-6" in words
        assert "7.65M" in words

    def test_it_shows_where_one_stands(self, company, signed_in):
        assert "1st of 55" in page_of(signed_in(company.alice), "/").words
        dora = page_of(signed_in(company.dora), "/").words
        assert "3rd of 55" in dora
        assert "96% of the others" in dora

    def test_who_is_private_is_not_ranked_and_is_told_so_kindly(self, company, signed_in):
        words = page_of(signed_in(company.carol), "/").words
        assert "You are private, so you are not ranked" in words
        assert "9,999,999" in words

    def test_an_empty_record_is_no_reproach(self, alice, signed_in):
        words = page_of(signed_in(alice), "/").words
        assert "Nothing here yet, and that is fine" in words
        assert "$" not in words

    @pytest.mark.parametrize(("asked", "days"), [("7", 7), ("90", 90), ("31", 30), ("x", 30)])
    def test_the_period_is_one_of_three(self, asked, days, company, signed_in):
        page = page_of(signed_in(company.alice), f"/?days={asked}")
        chosen = [each for each in page.all("a") if (each.get("href") or "").startswith("?days")]
        current = [each["href"] for each in chosen if each.get("aria-current")]
        assert current == [f"?days={days}"]
        assert len([each for each in page.all("g") if each["class"] == "chart-bar"]) == 2 * days

    def test_it_says_why_work_competes_where_it_does(self, company, signed_in, administrator):
        assert "Where your work competes" not in page_of(signed_in(company.alice), "/").words
        lane = usage.Lane("claude-code", None, is_automation=True)
        decision = rights.Decision(lane, usage.Why.SCHEDULED)
        rights.decide_lane(
            user=administrator, email=company.alice.email, decision=decision, at=company.at
        )
        words = page_of(signed_in(company.alice), "/").words
        assert "automation lane" in words.partition("Where your work competes")[2], words
        assert "unattended jobs run under this name" in words
        assert "7,654,321" in words
        assert "Where your work competes" not in page_of(signed_in(company.bob), "/").words

    def test_one_visit_is_one_entry_in_the_log(self, company, signed_in):
        client = signed_in(company.alice)
        before = len(log.entries(event=Event.RECORD_VIEWED))
        client.get("/")
        assert len(log.entries(event=Event.RECORD_VIEWED)) == before + 1


class TestBoards:
    def test_the_list_holds_what_was_opened_to_one(self, company, signed_in):
        words = page_of(signed_in(company.alice), "/boards/").words
        assert "Tokens, 30 days" in words
        assert "Fresh tokens" not in words

    def test_a_board_that_was_not_opened_looks_like_none(self, company, signed_in):
        client = signed_in(company.alice)
        closed = page_of(client, "/boards/fresh-7d/", status=404)
        unknown = page_of(client, "/boards/no-such-board/", status=404)
        assert closed.words == unknown.words

    def test_it_shows_pseudonyms_names_and_ones_own_row(self, company, signed_in):
        page = page_of(signed_in(company.alice), "/boards/tokens-30d/")
        assert "Bob" in page.words
        assert "Alice you" in page.words
        for hidden in ("Dora", "Frank", "Carol"):
            assert hidden not in page.words
        assert "4.32M" in page.words
        assert "4,321,987" not in page.words

    def test_two_viewers_read_different_pseudonyms(self, company, signed_in):
        names = []
        for user in (company.bob, company.erin, company.bob):
            html = signed_in(user).get("/boards/tokens-30d/").content.decode()
            names.append({part.split("<")[0] for part in html.split('is-pseudonym">')[1:]})
        assert len(names[0]) == len(names[1]) == 3
        assert not names[0] & names[1]
        assert names[0] == names[2]

    def test_tiers_have_no_figure_and_no_rank(self, company, signed_in):
        page = page_of(signed_in(company.bob), "/boards/tiers-30d/")
        assert "in no order" in page.words
        assert "4.32M" not in page.words
        assert not page.all("table")

    def test_a_strike_leaves_the_page_at_once(self, company, signed_in):
        client = signed_in(company.alice)
        assert "Bob" in page_of(client, "/boards/tokens-30d/").words
        _choose(company.bob, "private")
        assert "Bob" not in page_of(client, "/boards/tokens-30d/").words

    def test_a_new_name_is_read_at_once(self, company, signed_in):
        client = signed_in(company.alice)
        page_of(client, "/boards/tokens-30d/")
        people_actions.add_person(
            email=company.bob.email, name="Robert", actor=OPERATOR, at=clock.now()
        )
        assert "Robert" in page_of(client, "/boards/tokens-30d/").words

    @pytest.mark.parametrize("slug", ["tokens-30d", "tiers-30d"])
    def test_a_hostile_name_stays_text(self, slug, company, signed_in):
        hostile = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
        people_actions.add_person(
            email=company.bob.email, name=hostile, actor=OPERATOR, at=clock.now()
        )
        for path in (f"/boards/{slug}/", "/"):
            for user in (company.alice, company.bob):
                response = signed_in(user).get(path)
                markup.read(response)
                assert b"<script>alert" not in response.content
                assert b"<img" not in response.content

    def test_every_look_is_written_down(self, company, signed_in):
        client = signed_in(company.alice)
        before = len(log.entries(event=Event.BOARD_VIEWED))
        client.get("/boards/tokens-30d/")
        client.get("/boards/tokens-30d/")
        assert len(log.entries(event=Event.BOARD_VIEWED)) == before + 2


class TestPrivacy:
    def test_a_choice_is_kept_and_confirmed(self, company, signed_in):
        client = signed_in(company.alice)
        response = client.post("/privacy/", {"visibility": "private"}, follow=True)
        page = markup.read(response)
        assert "You are private. Your rows are gone" in page.words
        assert people.person(company.alice.pk).visibility == "private"
        chosen = [each["value"] for each in page.all("input") if "checked" in each]
        assert chosen == ["private"]

    def test_an_odd_choice_changes_nothing(self, company, signed_in):
        response = signed_in(company.alice).post("/privacy/", {"visibility": "famous"})
        assert response.status_code == 400
        markup.read(response)
        assert people.person(company.alice.pk).visibility == "pseudonymous"

    def test_it_needs_the_token_of_the_form(self, company, client):
        client.handler.enforce_csrf_checks = True
        client.force_login(
            company.alice, backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        response = client.post("/privacy/", {"visibility": "private"})
        assert response.status_code == 403
        markup.read(response)
        assert people.person(company.alice.pk).visibility == "pseudonymous"

    def test_who_looked_is_told_by_day_and_role(self, company, signed_in):
        signed_in(company.bob).get("/boards/tokens-30d/")
        words = page_of(signed_in(company.alice), "/privacy/disclosures/").words
        assert "Tokens, 30 days" in words
        assert "under a pseudonym" in words
        assert "1 as employee" in words
        assert "Bob" not in words

    def test_the_part_that_htmx_asks_for_is_no_whole_page(self, company, signed_in):
        client = signed_in(company.alice)
        response = client.get("/privacy/disclosures/", headers={"HX-Request": "true"})
        assert b"<html" not in response.content
        assert response.headers["Vary"].startswith("HX-Request")


class TestTheWays:
    def test_they_lead_only_where_one_may_go(self, company, administrator, auditor, signed_in):
        ways = {
            user.name: {
                each["href"]
                for each in page_of(signed_in(user), "/").all("a")
                if each["href"] in {"/audit/", "/admin/", "/boards/"}
            }
            for user in (company.alice, administrator, auditor)
        }
        assert ways == {
            "Alice": {"/boards/"},
            "Adam": {"/boards/", "/admin/"},
            "Olga": {"/boards/", "/audit/"},
        }

    def test_the_present_page_is_marked(self, company, signed_in):
        page = page_of(signed_in(company.alice), "/boards/tokens-30d/")
        marked = [each["href"] for each in page.all("a") if each.get("aria-current")]
        assert marked == ["/boards/"]

    def test_signing_out_leads_back_to_the_sign_in(self, company, signed_in):
        response = signed_in(company.alice).post("/accounts/logout/")
        assert response.headers["Location"] == "/accounts/login/"


class TestTheAudit:
    @pytest.mark.parametrize("question", ["until=9999-12-31", "since=0001-01-01", "since=soon"])
    def test_a_day_that_nobody_means_is_named(self, auditor, signed_in, question):
        answer = signed_in(auditor).get(f"/audit/?{question}")
        assert answer.status_code == 400
        assert "A day reads like 2026-11-20." in answer.content.decode()

    def test_an_auditor_searches_the_log(self, company, auditor, signed_in):
        client = signed_in(auditor)
        page = page_of(client, "/audit/?event=board.viewed")
        assert "No entry fits" in page.words
        client.get("/boards/tokens-30d/")
        page = page_of(client, "/audit/?event=board.viewed")
        assert f"user:{auditor.pk}" in page.words

    def test_older_entries_are_a_link_away(self, company, auditor, signed_in):
        client = signed_in(auditor)
        for _ in range(101):
            client.get("/reports/")
            client.get("/badges/")
        page = page_of(client, "/audit/?event=badges.viewed")
        older = [each["href"] for each in page.all("a") if "before=" in (each["href"] or "")]
        assert len(older) == 1
        page = page_of(client, f"/audit/{older[0]}")
        assert len(page.all("time")) == 1

    @pytest.mark.parametrize("query", ["event=no.such", "since=yesterday", "before=7"])
    def test_an_odd_search_is_refused_calmly(self, query, auditor, signed_in):
        page_of(signed_in(auditor), f"/audit/?{query}", status=400)

    def test_for_everyone_else_there_is_no_such_page(self, alice, administrator, signed_in):
        for user in (alice, administrator):
            page_of(signed_in(user), "/audit/", status=404)


class TestShut:
    def test_a_shut_board_is_a_plain_calm_page(self, company, signed_in):
        client = signed_in(company.alice)
        shutter.close(
            scope=ScopeName.BOARDS, actor=OPERATOR, at=clock.now(), message="Back on Monday."
        )
        response = client.get("/boards/tokens-30d/")
        assert response.status_code == 503
        page = markup.Page(response.content.decode())
        assert "Back on Monday." in page.words
        assert "Bob" not in page.words
        markup.obeys_the_policy(page)
        markup.asks_no_other_host(page)
        page_of(client, "/")
        page_of(client, "/privacy/")

    def test_a_closure_between_two_questions_is_left_to_the_shutter(self, company, rf):
        shutter.close(scope=ScopeName.BOARDS, actor=OPERATOR, at=clock.now())
        request = rf.get("/boards/tokens-30d/")
        request.user = company.alice
        with pytest.raises(Shuttered):
            views.board(request, "tokens-30d")

    def test_choosing_stays_open_when_all_is_shut(self, company, signed_in):
        client = signed_in(company.alice)
        shutter.close(scope=ScopeName.ALL, actor=OPERATOR, at=clock.now())
        assert client.get("/").status_code == 503
        page_of(client, "/privacy/")
        assert client.post("/privacy/", {"visibility": "private"}).status_code == 302
        assert people.person(company.alice.pk).visibility == "private"


class TestErrors:
    def test_an_unknown_page_is_calm(self, alice, signed_in):
        page_of(signed_in(alice), "/no/such/page/", status=404)

    def test_a_failure_of_ours_says_nothing_about_itself(self, rf):
        from django.views.defaults import bad_request, permission_denied, server_error

        request = rf.get("/")
        for answer in (
            server_error(request),
            bad_request(request, ValueError("secret")),
            permission_denied(request, PermissionError("secret")),
        ):
            assert "secret" not in markup.read(answer).words


def _choose(user, visibility):
    from apps.rights import actions as rights

    rights.choose_visibility(user=user, visibility=visibility, at=clock.now())


def _newcomer():
    from tests import people as named_people

    return named_people.add("nina", visibility="named", at=clock.now())
