"""Sources: their tokens, their switch, their page in the admin."""

import json
from datetime import timedelta
from importlib import import_module
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import actors
from apps.usage import actions, queries
from apps.usage.actions import InvalidSlug, SourceExists
from apps.usage.credentials import UnknownSource
from apps.usage.models import Batch, Reading, SeenRecord, Source
from tests import people
from tests.usage.events import AT, event, reading, source

pytestmark = pytest.mark.django_db
DOING = {"actor": actors.command("tests"), "at": AT}
TERMS = {
    "rule": "anyone",
    "precedence": 100,
    "requests_per_minute": 6_000,
    "records_per_minute": 6_000_000,
}


class TestTokens:
    def test_a_token_is_known_by_its_digest_alone(self):
        issued = actions.add_source(slug="one", **DOING)
        assert queries.source_for_token(issued.token).slug == "one"
        assert issued.token not in str(Source.objects.values_list("digest", "label", "slug"))
        assert queries.source_for_token("cns_wrong") is None

    def test_a_new_token_ends_the_old_one(self):
        old = actions.add_source(slug="one", **DOING).token
        new = actions.issue_source_token(slug="one", **DOING).token
        assert queries.source_for_token(old) is None
        assert queries.source_for_token(new).slug == "one"

    def test_a_source_that_is_switched_off_has_no_token(self):
        token = actions.add_source(slug="one", **DOING).token
        actions.deactivate_source(slug="one", **DOING)
        assert queries.source_for_token(token) is None
        actions.reactivate_source(slug="one", **DOING)
        assert queries.source_for_token(token).slug == "one"

    def test_a_slug_is_taken_once(self):
        source("one")
        with pytest.raises(SourceExists):
            source("one")
        with pytest.raises(UnknownSource):
            queries.source("none")

    @pytest.mark.parametrize(
        "slug", ["", " ", "a b", "a" * 51, "a" * 300, "a/b", "\u00e9", "a\n", "a\x00"]
    )
    def test_a_slug_is_a_short_plain_word(self, slug):
        with pytest.raises(InvalidSlug) as refusal:
            actions.add_source(slug=slug, **DOING)
        assert refusal.value.code == "invalid_slug"
        with pytest.raises(CommandError, match="1 to 50"):
            call_command("add_source", slug)
        assert not Source.objects.exists()
        assert actions.add_source(slug="A-1_" + "a" * 46, **DOING).token

    def test_numbers_of_sources_tell_no_order(self):
        numbers = [source(f"s{n}").id for n in range(6)]
        assert min(numbers) > 2**40
        assert numbers != sorted(numbers)


class TestCommands:
    def test_add_source_prints_the_token_as_json(self):
        people.add("dana", at=AT)
        out = StringIO()
        call_command("add_source", "mine", person="dana@corp.example", json=True, stdout=out)
        found = json.loads(out.getvalue())
        assert found.keys() == {"slug", "token"}
        assert queries.source_for_token(found["token"]).subject is not None

    def test_an_unknown_person_is_refused(self):
        with pytest.raises(CommandError):
            call_command("add_source", "mine", person="nobody@corp.example")
        assert not Source.objects.exists()


class TestTheAdmin:
    @pytest.fixture
    def admin(self, administrator, signed_in):
        return signed_in(administrator)

    def test_the_token_is_on_the_answer_and_nowhere_else(self, admin):
        people.add("dana", at=AT)
        form = {"slug": "laptop-7", "label": "", "person": "dana@corp.example"}
        page = admin.post("/admin/usage/source/add/", form)
        token = page.context["token"]
        assert token in page.content.decode()
        assert queries.source_for_token(token).subject is not None
        listed = admin.get("/admin/usage/source/").content.decode()
        assert "laptop-7" in listed
        assert token not in listed
        assert "dana" not in listed

    def test_it_shows_no_subject_and_no_figure(self, admin):
        dana = people.add("dana", at=AT)
        where = source("laptop-7", person_id=dana.pk)
        actions.ingest(source=where, events=[event(1, output_tokens=918_273)], at=AT)
        page = admin.get(f"/admin/usage/source/{where.id}/change/").content.decode()
        assert str(where.subject) not in page
        assert "918" not in page

    def test_a_source_is_switched_off_and_gets_a_new_token(self, admin):
        token = actions.add_source(slug="one", **DOING).token
        number = queries.source("one").id
        page = admin.post(f"/admin/usage/source/{number}/token/")
        assert queries.source_for_token(token) is None
        assert queries.source_for_token(page.context["token"]).id == number
        admin.post(f"/admin/usage/source/{number}/change/", TERMS | {"label": "Gateway"})
        assert (queries.source("one").is_active, queries.source("one").label) == (False, "Gateway")

    def test_they_are_listed_by_name(self, admin):
        for slug in "cadb":
            source(f"source-{slug}")
        found = admin.get("/admin/usage/source/").context["cl"].result_list
        assert [each.slug for each in found] == [f"source-{slug}" for slug in "abcd"]

    def test_its_terms_are_changed_and_written_down(self, admin):
        number = source("one").id
        terms = TERMS | {"rule": "known", "domains": " Corp.Example corp.example "}
        terms |= {"tool": "codex", "requests_per_minute": 5, "is_active": "on"}
        terms |= {"precedence": 7, "group": "gateways"}
        admin.post(f"/admin/usage/source/{number}/change/", terms)
        one = queries.source("one")
        assert (one.rule, one.domains, one.tool) == ("known", ("corp.example",), "codex")
        row = Source.objects.get(slug="one")
        assert (row.requests_per_minute, row.precedence, row.group) == (5, 7, "gateways")
        changes = log.entries(event=Event.SOURCE_CHANGED)
        assert {(entry.item_id, entry.rule) for entry in changes} == {
            ("one", "rule"),
            ("one", "tool"),
            ("one", "precedence"),
            ("one", "limits"),
        }

    @pytest.mark.parametrize("domains", ["@corp.example", "corp", "corp..example", "a b.example/c"])
    def test_what_is_no_domain_is_refused_beside_the_field(self, admin, domains):
        number = source("one").id
        terms = TERMS | {"domains": domains, "is_active": "on"}
        page = admin.post(f"/admin/usage/source/{number}/change/", terms)
        assert "corp.example; several" in page.content.decode()
        assert queries.source("one").domains == ()

    def test_a_personal_source_names_nobody_so_there_is_no_rule_to_change(self, admin, alice):
        number = source("one", person_id=alice.pk).id
        page = admin.get(f"/admin/usage/source/{number}/change/").content.decode()
        assert 'name="rule"' not in page and 'name="requests_per_minute"' in page

    def test_others_may_not(self, alice, signed_in):
        where = source("one")
        assert signed_in(alice).post(f"/admin/usage/source/{where.id}/token/").status_code == 302


def test_personal_sources_of_before_are_ranked_behind_the_company_s(alice):
    source("company"), source("own", person_id=alice.pk), source("led", person_id=alice.pk)
    Source.objects.exclude(slug="led").update(precedence=100)
    Source.objects.filter(slug="led").update(precedence=7)
    migration = import_module("apps.usage.migrations.0011_where_things_counted")
    migration.rank_personal_sources(apps, None)
    ranks = dict(Source.objects.values_list("slug", "precedence"))
    assert ranks == {"company": 100, "own": 200, "led": 7}


class TestExpiry:
    def test_what_is_past_the_retention_goes_and_totals_stay(self, settings):
        where = source()
        actions.ingest(source=where, events=[event(1, session="s"), reading()], at=AT)
        total = queries.totals(by=[])
        later = AT + timedelta(days=settings.RETENTION_DAYS + 8)
        kept = actions.expire(actor=actors.task("t"), at=later - timedelta(days=2))
        assert (kept.digests, kept.readings) == (0, 0)
        gone = actions.expire(actor=actors.task("t"), at=later)
        assert (gone.digests, gone.readings, gone.sessions, gone.batches) == (1, 1, 2, 1)
        assert not any(model.objects.exists() for model in (SeenRecord, Reading, Batch))
        assert queries.totals(by=[]) == total

    def test_the_task_runs(self):
        from apps.usage.tasks import expire

        expire.delay()
