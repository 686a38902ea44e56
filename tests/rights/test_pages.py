"""The admin's pages of this room: the queue of unknown identities and the lane decisions."""

import html
import re

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.audit import queries as log
from apps.audit.events import Event
from apps.pseudonyms import queries as known_names
from apps.pseudonyms.identities import reported
from apps.rights import actions as rights
from apps.shutter import actions as shutter
from apps.shutter.queries import Shuttered
from apps.shutter.scopes import ScopeName
from apps.usage import actions as usage
from apps.usage import queries as usage_queries
from apps.usage.models import DayTotal, LaneRule
from tests.feeds import OPERATOR
from tests.usage.events import AT, event, source

pytestmark = pytest.mark.django_db
QUEUE = "/admin/rights/unknownidentity/"
LANES = "/admin/rights/decidedlane/"
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son\w+=|javascript:"
)
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def desk(administrator, signed_in):
    """The client of an administrator."""
    return signed_in(administrator)


@pytest.fixture
def strangers(alice):
    """Two names that nobody knows, one of them unkind to pages; and usage of alice's."""
    names = ["ally", '<b>"bot"</b>', "alice@corp.example"]
    events = [event(number, identity=name) for number, name in enumerate(names, 1)]
    usage.ingest(source=source(), events=events, at=AT)


def subject_of(name):
    return known_names.known_subjects([reported(name)])[reported(name)].subject


def handle(page, name):
    rows = re.findall(r"<tr>.*?</tr>", page.content.decode(), re.DOTALL)
    (row,) = [row for row in rows if f'<th scope="row">{html.escape(name)}<' in row]
    return re.search(r'name="handle" value="([^"]+)"', row)[1]


class TestTheQueue:
    def test_an_administrator_sees_names_and_no_figures(self, desk, strangers):
        page = desk.get(QUEUE)
        text = page.content.decode()
        assert "Unknown identities" in text and "ally" in text
        assert "&lt;b&gt;" in text and "<b>&quot;" not in text
        assert "2 waiting" in text
        assert not INLINE.search(text)
        for secret in (str(subject_of("ally")), "tokens", "100"):
            assert secret not in re.sub(r'value="[^"]*"', "", text), secret
        assert "no-store" in page["Cache-Control"]

    def test_claiming_refusing_and_taking_back(self, desk, strangers, alice):
        page = desk.get(QUEUE)
        done = {"do": "claim", "handle": handle(page, "ally"), "email": alice.email}
        answer = desk.post(QUEUE, done, follow=True)
        assert "counts for Alice" in answer.content.decode()
        assert answer.redirect_chain == [(QUEUE, 302)]
        bot = '<b>"bot"</b>'
        desk.post(QUEUE, {"do": "refuse", "handle": handle(answer, bot)})
        page = desk.get(f"{QUEUE}?refused=1")
        assert "1 refused" in page.content.decode()
        back = desk.post(f"{QUEUE}?refused=1", {"do": "readmit", "handle": handle(page, bot)})
        assert back["Location"] == f"{QUEUE}?refused=1"
        assert "1 waiting" in desk.get(QUEUE).content.decode()

    def test_a_search_stays_out_of_addresses_and_outlives_an_act(self, desk, strangers):
        page = desk.post(QUEUE, {"do": "search", "q": "ALL"})
        assert "1 waiting that contain" in page.content.decode()
        after = desk.post(QUEUE, {"do": "refuse", "handle": handle(page, "ally"), "q": "ALL"})
        assert after.status_code == 200
        assert "No name contains this." in after.content.decode()

    def test_refusals_are_said_on_the_page(self, desk, administrator, strangers):
        page = desk.get(QUEUE)
        for email, words in (
            (administrator.email, "Another administrator"),
            ("nobody@corp.example", "no such person"),
        ):
            done = {"do": "claim", "handle": handle(page, "ally"), "email": email}
            assert words in desk.post(QUEUE, done, follow=True).content.decode()
        assert (
            "is not there any more"
            in desk.post(QUEUE, {"do": "refuse", "handle": "x"}, follow=True).content.decode()
        )

    def test_a_machine_goes_into_the_automation_lane_and_keeps_waiting(self, desk, strangers):
        page = desk.get(QUEUE)
        desk.post(QUEUE, {"do": "automate", "handle": handle(page, "ally")})
        assert DayTotal.objects.get(subject=subject_of("ally")).in_automation_lane
        assert "2 waiting" in desk.get(QUEUE).content.decode()
        assert "ally" in desk.get(LANES).content.decode()

    def test_pages_follow_each_other(self, desk):
        from apps.pseudonyms import actions as pseudonyms

        pseudonyms.subjects_for([reported(f"p{number:03}") for number in range(150)], at=AT)
        first, second = desk.get(QUEUE), desk.get(f"{QUEUE}?page=2")
        assert "page 1 of 2" in first.content.decode()
        assert "page 2 of 2" in second.content.decode()
        later = desk.post(QUEUE, {"q": "p", "page": "2"}).content.decode()
        assert "page 2 of 2" in later and "150 waiting that contain" in later
        for odd in ("0", "-1", "x", "9" * 30, "²"):
            assert desk.get(QUEUE, {"page": odd}).status_code == 200

    def test_an_empty_queue_says_so(self, desk):
        assert "No name waits" in desk.get(QUEUE).content.decode()
        assert "No name is refused" in desk.get(f"{QUEUE}?refused=1").content.decode()

    def test_reading_changes_nothing_but_the_log(self, desk, strangers):
        page = desk.get(QUEUE)
        asked = {"do": "refuse", "handle": handle(page, "ally")}
        desk.get(QUEUE, asked)
        assert "2 waiting" in desk.get(QUEUE).content.decode()
        assert len(log.entries(event=Event.CLAIMS_LISTED)) == 3

    def test_forms_need_their_token(self, administrator, strangers):
        strict = Client(enforce_csrf_checks=True)
        strict.force_login(administrator, backend=BACKEND)
        assert strict.post(QUEUE, {"do": "search", "q": "a"}).status_code == 403


class TestLaneDecisions:
    DECIDED = {"do": "decide", "tool": "", "since": "", "lane": "automation", "why": "MACHINE"}

    def test_deciding_and_taking_back(self, desk, strangers, alice):
        answer = desk.post(LANES, self.DECIDED | {"email": alice.email}, follow=True)
        text = answer.content.decode()
        assert alice.email in text and "A machine works under this name." in text
        assert not INLINE.search(text) and "100" not in re.sub(r'value="[^"]*"', "", text)
        root = known_names.subject_of(alice.pk)
        assert str(root) not in text
        assert DayTotal.objects.get(subject=root).in_automation_lane
        desk.post(LANES, {"do": "withdraw", "handle": handle(answer, alice.email), "tool": ""})
        assert not DayTotal.objects.get(subject=root).in_automation_lane
        assert "Nothing is decided" in desk.get(LANES).content.decode()

    def test_nobody_decides_about_their_own_work(self, desk, administrator):
        decided = self.DECIDED | {"email": administrator.email}
        text = desk.post(LANES, decided, follow=True).content.decode()
        assert "Another administrator has to decide" in text
        assert log.entries(event=Event.LANE_DECIDED)[0].rule == "own_lane"

    def test_odd_forms_are_refused_with_a_sentence(self, desk, strangers, alice):
        for odd, words in (
            ({"tool": "nothing"}, "No usage of a tool"),
            ({"since": "someday"}, "Enter a valid date"),
            ({"why": "NONE"}, "Select a valid choice"),
            ({"email": "nobody@corp.example"}, "no such person"),
        ):
            page = desk.post(LANES, self.DECIDED | {"email": alice.email} | odd)
            assert words in page.content.decode()

    def test_looks_are_written_down_without_names(self, desk, strangers, alice):
        desk.post(LANES, self.DECIDED | {"email": alice.email})
        desk.get(LANES)
        assert log.entries(event=Event.LANES_LISTED)[0].count == 1
        (decided,) = log.entries(event=Event.LANE_DECIDED)
        assert (decided.subject, decided.parameters) == (None, {})


class TestTheDoor:
    @pytest.mark.parametrize("page", [QUEUE, LANES, "/admin/usage/lanerule/"])
    @pytest.mark.parametrize("who", ["alice", "auditor"])
    def test_it_is_closed_to_everybody_else(self, request, signed_in, strangers, page, who):
        client = signed_in(request.getfixturevalue(who))
        for answer in (client.get(page), client.post(page, {"do": "search", "q": "ally"})):
            assert answer.status_code in {302, 403, 404}
            assert b"ally" not in answer.content

    def test_staff_without_the_role_are_refused(self, alice, signed_in, strangers):
        alice.is_staff = True
        alice.save()
        for page in (QUEUE, LANES):
            assert signed_in(alice).get(page).status_code == 403

    def test_a_permission_alone_does_not_make_an_administrator(self, alice, signed_in, strangers):
        alice.is_staff = True
        alice.save()
        alice.user_permissions.set(Permission.objects.filter(content_type__app_label="rights"))
        for page in (QUEUE, LANES):
            answer = signed_in(alice).get(page)
            assert answer.status_code == 403
            assert b"ally" not in answer.content

    def test_there_is_no_page_of_one_row(self, desk):
        for page in (QUEUE, LANES):
            for address in ("add/", "1/change/", "1/delete/", "1/history/"):
                assert desk.get(f"{page}{address}").status_code in {302, 403, 404}


class TestWhileEverythingIsShut:
    @pytest.mark.parametrize("page", [QUEUE, LANES])
    def test_no_name_leaves(self, desk, strangers, alice, page):
        desk.post(LANES, TestLaneDecisions.DECIDED | {"email": alice.email})
        given = handle(desk.get(QUEUE), "ally")
        shutter.close(scope=ScopeName.ALL, actor=OPERATOR, at=AT, message="Back soon.")
        asked = (
            {"do": "search", "q": "al"},
            {"do": "refuse", "handle": given, "q": "al"},
            {"do": "decide"},
        )
        for answer in (desk.get(page), *(desk.post(page, each) for each in asked)):
            assert answer.status_code == 503
            assert b"Back soon." in answer.content
            for name in (b"ally", b"alice", b"waiting", b"automation"):
                assert name not in answer.content
        assert desk.get(page, follow=True).status_code == 503

    def test_the_vault_stays_closed(self, administrator, strangers):
        shutter.close(scope=ScopeName.ALL, actor=OPERATOR, at=AT, message="Back soon.")
        for read in (rights.waiting_identities, rights.lane_decisions):
            with CaptureQueriesContext(connection) as asked, pytest.raises(Shuttered):
                read(user=administrator, at=AT)
            assert not [each for each in asked if "pseudonyms_" in each["sql"]]

    @pytest.mark.parametrize("scope", [ScopeName.BOARDS, ScopeName.REPORTS])
    def test_what_else_is_shut_does_not_concern_them(self, desk, strangers, scope):
        shutter.close(scope=scope, actor=OPERATOR, at=AT, message="Back soon.")
        assert desk.get(QUEUE).status_code == desk.get(LANES).status_code == 200


class TestLaneRules:
    def test_they_are_added_changed_and_kept(self, desk, administrator):
        page = reverse("admin:usage_lanerule_add")
        given = {"tool": "gemini-cli", "entrypoint": "headless", "explanation": "No terminal."}
        desk.post(page, given)
        rule = LaneRule.objects.get(tool="gemini-cli")
        change = reverse("admin:usage_lanerule_change", args=[rule.pk])
        desk.post(change, {"explanation": "Run by cron."})
        rule.refresh_from_db()
        assert (rule.is_active, rule.explanation) == (False, "Run by cron.")
        words = [entry.rule for entry in log.entries(event=Event.LANE_RULE_CHANGED)]
        assert words == ["inactive", "added"]
        delete = reverse("admin:usage_lanerule_delete", args=[rule.pk])
        assert desk.post(delete, {"post": "yes"}).status_code == 403


class TestWhatAThiefSees:
    def test_no_table_has_a_name_in_plain_or_a_handle(self, desk, strangers, alice):
        page = desk.get(QUEUE)
        desk.post(QUEUE, {"do": "refuse", "handle": handle(page, "ally")})
        desk.post(QUEUE, {"do": "search", "q": "ally"})
        desk.post(LANES, TestLaneDecisions.DECIDED | {"email": alice.email})
        root = known_names.subject_of(alice.pk)
        with connection.cursor() as cursor:
            for model in apps.get_models():
                if not model._meta.managed or model._meta.app_label == "sessions":
                    continue
                cursor.execute(f"SELECT * FROM {model._meta.db_table}")
                rows = repr(
                    [
                        [bytes(c) if isinstance(c, memoryview) else c for c in row]
                        for row in cursor.fetchall()
                    ]
                )
                assert "ally" not in re.sub("totally|manually", "", rows), model
                if "audit" in model._meta.db_table:
                    assert str(root) not in rows and str(subject_of("ally")) not in rows


class TestBoards:
    def test_a_persons_automation_is_on_no_board(self, administrator, at):
        from apps.rankings import actions as rankings
        from apps.rankings import queries as boards
        from tests import company as companies

        company = companies.found(at)
        for person in (company.alice, company.bob):
            rights.decide_lane(
                user=administrator,
                email=person.email,
                decision=rights.Decision(
                    usage.Lane("", None, is_automation=True), usage.Why.SCHEDULED
                ),
                at=at,
            )
        rankings.refresh_standings(at=at)
        subjects = {known_names.subject_of(each.pk) for each in (company.alice, company.bob)}
        for slug in ("automation-30d", "tokens-30d"):
            from apps.rankings.models import Standing

            board = boards.board(slug)
            standing = set(
                Standing.objects.filter(board=board.id).values_list("subject", flat=True)
            )
            assert standing and not standing & subjects
        labels = people_labels()
        automation = usage_queries.window_values(
            measure="total_tokens", automation=True, since=None, until=None
        )
        assert subjects <= set(automation) and not subjects & set(labels)


def people_labels():
    from apps.people import queries

    return queries.service_labels()
