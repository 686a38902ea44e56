"""The invented company, put in and taken as it is: sign-ins, boards, badges, no mixing."""

import io
import json
import socket
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from apps.audit.models import Entry
from apps.badges.models import Award, Badge
from apps.common import actors, clock
from apps.operations import sign_ins
from apps.operations.demo import company, days, plans
from apps.people import queries as people
from apps.pseudonyms import queries as pseudonyms
from apps.rankings.models import Board, Release, ReleaseRow
from apps.usage import actions as usage
from apps.usage.formats import UsageEvent
from apps.usage.models import DayTotal, SeenRecord
from tests import people as cast

pytestmark = pytest.mark.django_db
PEOPLE, DAYS = 60, 12


@pytest.fixture(autouse=True)
def data_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def invent(**changed):
    arguments = {"people": PEOPLE, "days": DAYS, "seed": 1, **changed}
    out = io.StringIO()
    call_command("demo", stdout=out, stderr=io.StringIO(), **arguments)
    return out.getvalue()


def state():
    """Return how much there is of everything that a second run could add to."""
    models = (get_user_model(), DayTotal, SeenRecord, Award, Release, ReleaseRow, Entry)
    totals = sorted(DayTotal.objects.values_list("subject", "day", "kind", "cache_read_tokens"))
    return [model.objects.count() for model in models], totals


def the_plan():
    return plans.plan_for(people_count=PEOPLE, day_count=DAYS, seed=1, at=clock.now())[0]


class TestTheWholeCompany:
    def test_every_token_of_every_person_arrives(self):
        invent()
        plan = the_plan()
        invented = {each.identity: each for each in company.people(plan)}
        users = get_user_model().objects.in_bulk(field_name="email")
        subjects = pseudonyms.subjects_of([user.pk for user in users.values()])
        sums = dict.fromkeys(subjects.values(), 0)
        for row in DayTotal.objects.filter(is_automation=False):
            sums[row.subject] += row.uncached_input_tokens + row.cache_read_tokens
            sums[row.subject] += row.cache_write_5m_tokens + row.cache_write_1h_tokens
            sums[row.subject] += row.output_tokens
        assert {address: sums[subjects[users[address].pk]] for address in invented} == {
            address: round(worker.tokens_a_day * DAYS) for address, worker in invented.items()
        }

    def test_every_record_has_a_price(self):
        invent()
        assert not DayTotal.objects.filter(cost_micros=None).exists()

    def test_the_days_end_yesterday(self):
        invent()
        newest = DayTotal.objects.order_by("-day").values_list("day", flat=True)[0]
        assert newest == clock.day_of(clock.now()) - timedelta(days=1)

    def test_the_four_boards_are_published_and_machines_compete_by_themselves(self):
        invent()
        boards = dict(Board.objects.values_list("slug", "pk"))
        assert set(boards) == {"tokens-30d", "tiers-30d", "fresh-7d", "automation-30d"}
        rows = ReleaseRow.objects.filter(release__is_current=True)
        assert rows.filter(release__board_id=boards["automation-30d"]).count() == 4
        takes_part = sum(each.visibility != "private" for each in company.people(the_plan()))
        assert rows.filter(release__board_id=boards["tokens-30d"]).count() == takes_part
        assert rows.filter(release__board_id=boards["tokens-30d"]).exclude(team="").count() >= 10

    def test_each_badge_is_earned_by_somebody(self):
        invent(people=120, days=30)
        unearned = Badge.objects.exclude(pk__in=Award.objects.values("badge"))
        assert list(unearned.values_list("slug", flat=True)) == []

    def test_no_other_host_is_asked_for_anything(self, monkeypatch):
        asked = []
        monkeypatch.setattr(socket.socket, "connect", lambda _, address: asked.append(address))
        monkeypatch.setattr(socket, "getaddrinfo", lambda *name, **_: asked.append(name))
        invent()
        call_command("refresh", stdout=io.StringIO())
        usage_total()
        assert asked == []

    def test_a_second_run_changes_nothing(self):
        invent()
        before = state(), sign_ins.path().read_bytes()
        assert "0 records were new" in invent()
        assert (state(), sign_ins.path().read_bytes()) == before

    def test_an_interrupted_run_is_finished_by_the_next(self, monkeypatch):
        with monkeypatch.context() as broken:
            real = days.work_of_day

            def breaks_on_the_fifth(plan, *, day, **rest):
                if day == 5:
                    raise KeyboardInterrupt
                return real(plan, day=day, **rest)

            broken.setattr(days, "work_of_day", breaks_on_the_fifth)
            with pytest.raises(KeyboardInterrupt):
                invent()
        assert not sign_ins.path().exists()
        invent()
        plan = the_plan()
        workers = [*company.people(plan), *company.machines(plan)]
        expected = sum(round(each.tokens_a_day * DAYS) for each in workers)
        found = usage_total()
        assert found == expected
        assert set(sign_ins.read(sign_ins.path())) == {"base_url", "people", "source"}


def usage_total():
    out = io.StringIO()
    call_command("totals", by="tool", as_json=True, stdout=out)
    return sum(row["total_tokens"] for row in json.loads(out.getvalue()))


class TestTheSignIns:
    def test_they_have_the_agreed_shape_for_their_owner_alone(self, settings):
        invent()
        assert sign_ins.path().stat().st_mode & 0o777 == 0o600
        content = json.loads(sign_ins.path().read_text())
        assert content["base_url"] == settings.BASE_URL
        assert list(content["people"]) == list(company.KINDS)
        assert all(
            set(each) == {"email", "password", "token"} for each in content["people"].values()
        )
        assert set(content["source"]) == {"slug", "token"}

    def test_each_signs_in_and_views_the_boards(self, client):
        invent()
        for person in sign_ins.read(sign_ins.path())["people"].values():
            bearer = {"HTTP_AUTHORIZATION": f"Bearer {person['token']}"}
            assert client.get("/api/v1/boards/tokens-30d", **bearer).status_code == 200
            client.logout()
            assert client.login(email=person["email"], password=person["password"])
            client.logout()

    def test_each_takes_part_as_its_kind_says_and_acts_in_its_role(self):
        invent()
        found = sign_ins.read(sign_ins.path())["people"]
        cards = {kind: people.person_by_email(each["email"]) for kind, each in found.items()}
        assert cards["employee"].visibility == "pseudonymous"
        assert cards["named"].visibility == "named"
        assert cards["private"].visibility == "private"
        users = get_user_model().objects.in_bulk([card.id for card in cards.values()])
        roles = {kind: people.role_of(users[card.id]) for kind, card in cards.items()}
        assert roles == {
            "employee": "employee", "named": "employee", "private": "employee", "lead": "lead",
            "admin": "admin", "admin2": "admin", "auditor": "auditor",
        }  # fmt: skip

    def test_employee_and_named_stand_on_the_board_and_private_does_not(self):
        invent()
        found = sign_ins.read(sign_ins.path())["people"]
        ids = {kind: people.person_by_email(each["email"]).id for kind, each in found.items()}
        subjects = pseudonyms.subjects_of(ids.values())
        on_board = set(
            ReleaseRow.objects.filter(release__board__slug="tokens-30d").values_list(
                "subject", flat=True
            )
        )
        assert {subjects[ids["employee"]], subjects[ids["named"]]} <= on_board
        assert subjects[ids["private"]] not in on_board

    def test_only_the_seven_have_passwords(self):
        invent()
        usable = [user for user in get_user_model().objects.all() if user.has_usable_password()]
        assert len(usable) == len(company.KINDS)

    def test_the_source_token_reports_usage(self, client):
        invent()
        token = sign_ins.read(sign_ins.path())["source"]["token"]
        answer = client.post(
            "/api/v1/usage/records",
            [{"id": "r1", "employee": "new@demo.example", "at": clock.now().isoformat(),
              "model": "gpt-5-mini", "output_tokens": 5}],
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )  # fmt: skip
        assert answer.json()["accepted"] == 1


class TestACompanyThatWasTriedOut:
    def test_where_it_is_complete_a_real_person_is_no_hindrance_and_nothing_is_written(self, at):
        first = invent()
        cast.add("alice", at=at)
        before = state(), sign_ins.path().read_bytes()
        again = invent()
        assert "0 records were new" in again
        assert again.splitlines()[1:] == first.splitlines()[1:]
        assert (state(), sign_ins.path().read_bytes()) == before

    def test_where_it_is_incomplete_it_is_refused(self, at):
        invent()
        sign_ins.path().unlink()
        cast.add("alice", at=at)
        before = state()
        with pytest.raises(CommandError, match="real people or real usage"):
            invent()
        assert state() == before

    def test_sign_ins_of_another_database_do_not_pass_for_a_complete_company(self):
        sign_ins.write(sign_ins.path(), {"base_url": "http://127.0.0.1:8000", "people": {}})
        the_plan()
        assert not sign_ins.path().exists()


class TestRefusals:
    def test_it_refuses_where_a_real_person_is(self, at):
        cast.add("alice", at=at)
        before = state()
        with pytest.raises(CommandError, match="real people or real usage"):
            invent()
        assert state() == before
        assert not sign_ins.plan_path().exists()

    def test_it_refuses_where_real_usage_is(self, at):
        usage.add_source(slug="collector", actor=actors.command("tests"), at=at)
        usage.ingest(
            source=usage.source("collector"),
            events=[
                UsageEvent(line=1, id="1", at=at, model="m", identity="x@corp.example",
                           output_tokens=1)
            ],
            at=at,
        )  # fmt: skip
        with pytest.raises(CommandError, match="real people or real usage"):
            invent()

    def test_it_refuses_another_company_beside_the_first(self):
        invent()
        with pytest.raises(CommandError, match="of 60 people over 12 days"):
            invent(people=61)

    def test_it_refuses_an_invented_company_whose_plan_is_lost(self):
        invent()
        sign_ins.plan_path().unlink()
        with pytest.raises(CommandError, match="Another invented company"):
            invent()

    @pytest.mark.parametrize("wrong", [{"people": 6}, {"days": 0}, {"days": 367}])
    def test_it_refuses_sizes_that_make_no_company(self, wrong):
        with pytest.raises(CommandError, match="--people"):
            invent(**wrong)

    def test_it_says_so_when_the_ingest_refuses_a_record(self, settings):
        settings.RETENTION_DAYS = 5
        with pytest.raises(CommandError, match="refused"):
            invent()


class TestTheAddress:
    def test_launching_elsewhere_moves_the_sign_ins(self):
        sign_ins.write(sign_ins.path(), {"base_url": "http://127.0.0.1:8000", "people": {}})
        sign_ins.move_to("http://127.0.0.1:8190")
        assert sign_ins.read(sign_ins.path())["base_url"] == "http://127.0.0.1:8190"
        assert sign_ins.path().stat().st_mode & 0o777 == 0o600

    def test_without_sign_ins_there_is_nothing_to_move(self):
        sign_ins.move_to("http://127.0.0.1:8190")
        assert not sign_ins.path().exists()
