"""The pages of the log: the auditors' search with the state above it, and everybody's proofs."""

from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from apps.audit import queries
from apps.audit.events import Event
from apps.audit.models import Freeze
from apps.audit.sequencing import catch_up
from apps.common import clock
from apps.web import proofs
from tests.web import markup

pytestmark = pytest.mark.django_db


def page_of(client, path, *, status=200):
    response = client.get(path)
    assert response.status_code == status, path
    return markup.read(response)


def links(page, beginning):
    return [each["href"] for each in page.all("a") if (each["href"] or "").startswith(beginning)]


class TestTheSearch:
    def test_it_finds_by_address_and_shows_names(self, company, auditor, signed_in):
        signed_in(company.bob).get("/boards/tokens-30d/")
        client = signed_in(auditor)
        page = page_of(client, "/audit/?actor=bob@corp.example&event=board.viewed&outcome=allow")
        assert f"user:{company.bob.pk} Bob employee" in page.words
        assert len(page.all("time")) == 1
        kept = {each["name"]: each.get("value") for each in page.all("input")}
        assert kept["actor"] == "bob@corp.example"
        chosen = [each["value"] for each in page.all("option") if "selected" in each]
        assert chosen == ["board.viewed", "allow"]

    def test_each_entry_leads_to_its_proof(self, company, auditor, signed_in):
        client = signed_in(auditor)
        page = page_of(client, "/audit/?event=board.added")
        assert links(page, "/audit/proof/") == []
        assert "waits" in page.words
        catch_up(clock.now())
        page = page_of(client, "/audit/?event=board.added")
        found = links(page, "/audit/proof/")
        indexes = [entry.index for entry in queries.entries(event=Event.BOARD_ADDED)]
        assert found == [f"/audit/proof/{index}" for index in indexes]
        assert client.get(found[0]).status_code == 200

    def test_the_way_to_older_entries_keeps_the_search(self, company, auditor, signed_in):
        client = signed_in(auditor)
        for _ in range(100):
            client.get("/badges/")
        page = page_of(client, f"/audit/?actor=user:{auditor.pk}&outcome=allow")
        [older] = links(page, "?")
        kept = parse_qs(older.removeprefix("?"))
        last = queries.entries(actor=f"user:{auditor.pk}", outcome="allow", limit=101)[-1]
        assert kept == {
            "actor": [f"user:{auditor.pk}"],
            "outcome": ["allow"],
            "before": [str(last.id)],
        }

    @pytest.mark.parametrize(
        "query", ["outcome=maybe", "index=x", "actor=nobody@corp.example", "since=soon"]
    )
    def test_an_odd_search_is_refused_calmly(self, query, auditor, signed_in):
        page_of(signed_in(auditor), f"/audit/?{query}", status=400)

    @pytest.mark.parametrize(
        "path",
        ["/audit/?since=soon", "/audit/?index=x", "/audit/?actor=%00", "/audit/?outcome=maybe",
         "/audit/pack?since=soon", "/audit/alerts/?before=x", "/api/v1/audit/alerts?before=x",
         "/api/v1/audit/events?since=soon", "/api/v1/audit/events?index=x",
         "/api/v1/audit/events?colour=red", "/api/v1/audit/alerts?limit=0"],
    )  # fmt: skip
    def test_that_it_is_odd_is_told_to_readers_alone(self, path, alice, auditor, signed_in):
        client = signed_in(alice)
        usual = client.get(path.partition("?")[0])
        answer = client.get(path)
        assert (answer.status_code, usual.status_code) == (404, 404)
        refusals = queries.entries(event=Event.GATE_REFUSED, actor=f"user:{alice.pk}")
        assert [each.rule for each in refusals] == ["read_audit"] * 2
        assert signed_in(auditor).get(path).status_code == 400


class TestTheState:
    def test_before_the_first_head_it_says_so(self, auditor, signed_in):
        words = page_of(signed_in(auditor), "/audit/").words
        assert "Signed head none yet" in words
        assert "nobody outside holds the log to its word" in words

    def test_it_tells_the_head_and_what_waits(self, company, auditor, signed_in):
        head = catch_up(clock.now() - timedelta(minutes=2))
        page = page_of(signed_in(auditor), "/audit/")
        assert f"Signed head {head.size:,} entries, signed 2 min ago" in page.words
        assert links(page, "/audit/checkpoint")
        assert links(page, "/audit/alerts/")

    def test_a_freeze_is_told_first_with_what_to_do(self, company, auditor, signed_in):
        head = catch_up(clock.now())
        Freeze.objects.create(
            origin_id=1, reason="behind_head", kept_size=head.size + 5, kept_root=head.root,
            found_size=head.size, found_root=head.root, frozen_at=clock.now(),
        )  # fmt: skip
        page = page_of(signed_in(auditor), "/audit/")
        assert "The log is frozen" in page.words
        assert "Restore the newest database" in page.words
        assert links(page, "/audit/continue/")


class TestOnesOwnProofs:
    def test_each_look_has_one(self, company, signed_in):
        for _ in range(3):
            signed_in(company.bob).get("/boards/tokens-30d/")
        client = signed_in(company.alice)
        assert "3 wait for a place" in page_of(client, "/privacy/disclosures/").words
        catch_up(clock.now())
        page = page_of(client, "/privacy/disclosures/")
        looks = queries.entries(event=Event.BOARD_VIEWED)
        indexes = sorted(entry.index for entry in looks)
        assert links(page, "/audit/proof/") == [f"/audit/proof/{index}" for index in indexes]
        assert "3 proofs" in page.words
        assert client.get(f"/audit/proof/{indexes[0]}").status_code == 200

    def test_many_are_not_all_listed(self, company, signed_in, monkeypatch):
        monkeypatch.setattr(proofs, "MOST_IN_A_ROW", 2)
        for _ in range(3):
            signed_in(company.bob).get("/boards/tokens-30d/")
        catch_up(clock.now())
        page = page_of(signed_in(company.alice), "/privacy/disclosures/")
        assert len(links(page, "/audit/proof/")) == 2
        assert "1 more are not listed here" in page.words
        [rest] = links(page, "/api/v1/me/disclosures")
        day = clock.day_of(clock.now())
        assert rest == f"/api/v1/me/disclosures?from={day}&to={day}"
        [views] = signed_in(company.alice).get(rest).json()["boards"]
        assert len(views["indexes"]) == 3
