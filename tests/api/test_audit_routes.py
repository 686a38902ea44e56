"""The log's tree over HTTP: every route, for everybody; and a reader that trusts nothing."""

import base64

import pytest
from django.test import Client

from apps.audit import queries as log
from apps.audit.events import Event
from apps.audit.sequencing import catch_up
from apps.audit.tree import checkpoints, notes, proof_files, tiles
from apps.audit.tree.hashing import leaf_hash
from apps.audit.tree.tiles import Tree
from apps.shutter import actions as shutter
from tests.api.schema import document
from tests.audit.sequencing.log import write_many
from tests.company import OPERATOR

pytestmark = pytest.mark.django_db
HASHES = ("/audit/checkpoint", "/audit/tile/0/000.p/3", "/audit/proof/0")
KEYS = ("/audit/log.vkey", "/audit/receipts.vkey")
BUNDLE = "/audit/tile/entries/000.p/3"
ROUTES = (*HASHES, *KEYS, BUNDLE)
FOR_EVER = "private, max-age=31536000, immutable"
NO_STORE = "no-store, private"


@pytest.fixture
def three(at):
    """Three entries under a signed head."""
    write_many(at, 3)
    return catch_up(at)


def is_absent(answer):
    """Assert that the answer is the one for what does not exist."""
    assert answer.status_code == 404, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == NO_STORE
    assert answer.json()["code"] == "not_found"


class TestWhoMayReadWhat:
    @pytest.mark.parametrize("route", [*HASHES, *KEYS])
    def test_anyone_signed_in_gets_what_names_nobody(
        self, route, three, alice, administrator, auditor, by_token, signed_in
    ):
        answers = [by_token(user).get(route) for user in (alice, administrator, auditor)]
        answers.append(signed_in(alice).get(route))
        assert [answer.status_code for answer in answers] == [200] * 4
        if "proof" not in route:
            assert len({answer.content for answer in answers}) == 1

    @pytest.mark.parametrize("route", ROUTES)
    def test_nobody_else_gets_anything(self, route, three):
        for client in (Client(), Client(headers={"Authorization": "Bearer ended"})):
            answer = client.get(route)
            assert answer.status_code == 401
            assert answer["Cache-Control"] == NO_STORE

    def test_only_auditors_get_entries_and_their_reading_is_written_down(
        self, three, auditor, by_token
    ):
        answer = by_token(auditor).get(BUNDLE)
        assert answer.status_code == 200
        assert len(tiles.entries_of(answer.content)) == 3
        [reading] = log.entries(event=Event.LOG_READ)
        assert (reading.actor, reading.count) == (f"user:{auditor.pk}", 3)
        assert reading.parameters == {"bundle": "tile/entries/000.p/3"}

    def test_to_all_others_they_do_not_exist_and_the_refusal_is_written_down(
        self, three, alice, administrator, by_token
    ):
        for user in (alice, administrator):
            client = by_token(user)
            is_absent(client.get(BUNDLE))
            assert client.get(BUNDLE).content == client.get("/audit/tile/0/000.p/2").content
        refusals = log.entries(event=Event.GATE_REFUSED)
        assert [each.rule for each in refusals] == ["read_audit"] * 4
        assert {each.actor for each in refusals} == {f"user:{alice.pk}", f"user:{administrator.pk}"}

    def test_reading_what_names_nobody_leaves_no_entry(self, three, alice, by_token):
        client = by_token(alice)
        before = len(log.entries(limit=1000))
        for route in (*HASHES, *KEYS):
            client.get(route)
        assert len(log.entries(limit=1000)) == before

    @pytest.mark.parametrize("route", ROUTES)
    def test_none_is_ever_shut(self, route, three, at, auditor, by_token):
        shutter.close(scope="all", actor=OPERATOR, at=at)
        assert by_token(auditor).get(route).status_code == 200

    @pytest.mark.parametrize("route", ROUTES)
    def test_a_head_has_no_body(self, route, three, auditor, by_token):
        client = by_token(auditor)
        answer = client.head(route)
        assert (answer.status_code, answer.content) == (200, b"")
        assert client.post(route).status_code == 405


class TestCaching:
    @pytest.mark.parametrize(
        ("route", "kind", "cache"),
        [
            ("/audit/checkpoint", "text/plain; charset=utf-8", "private, max-age=1"),
            ("/audit/tile/0/000.p/3", "application/octet-stream", FOR_EVER),
            (BUNDLE, "application/octet-stream", FOR_EVER),
            ("/audit/proof/0", "text/plain; charset=utf-8", NO_STORE),
            ("/audit/log.vkey", "text/plain; charset=utf-8", NO_STORE),
            ("/audit/receipts.vkey", "text/plain; charset=utf-8", NO_STORE),
        ],
    )
    def test_what_never_changes_may_be_kept(self, route, kind, cache, three, auditor, by_token):
        answer = by_token(auditor).get(route)
        assert (answer["Content-Type"], answer["Cache-Control"]) == (kind, cache)


class TestTiles:
    @pytest.mark.parametrize("prefix", ["/audit/tile/0/", "/audit/tile/entries/"])
    @pytest.mark.parametrize(
        "name",
        [
            "000",  # not full yet
            "000.p/1",
            "000.p/2",  # no head had this size
            "000.p/4",
            "000.p/0",
            "000.p/256",
            "000.p/03",
            "0.p/3",
            "0000.p/3",
            "x000/000.p/3",
            "001.p/3",
            "000.p/3/",
            "000.P/3",
            "x999/x999/x999/x999/x999/x999/999",
            "../0/000.p/3",
            "000.p/3%0a",
            "%0a000.p/3",
            "000.p/3%00",
        ],
    )
    def test_what_no_head_shows_does_not_exist(self, prefix, name, three, auditor, by_token):
        is_absent(by_token(auditor).get(f"{prefix}{name}"))

    @pytest.mark.parametrize("name", ["1/000.p/1", "63/000", "64/000.p/1", "00/000.p/3", "x"])
    def test_nor_do_levels_that_the_tree_does_not_have(self, name, three, alice, by_token):
        is_absent(by_token(alice).get(f"/audit/tile/{name}"))

    def test_each_width_that_a_head_had_stays(self, three, at, auditor, by_token):
        client = by_token(auditor)
        kept = {width: client.get(f"/audit/tile/0/000.p/{width}").content for width in (3,)}
        write_many(at, 254 + 300)
        catch_up(at)
        for width, content in kept.items():
            assert client.get(f"/audit/tile/0/000.p/{width}").content == content
        full = client.get("/audit/tile/0/000")
        assert (full.status_code, len(full.content)) == (200, 8192)
        assert full.content.startswith(kept[3])
        assert len(client.get("/audit/tile/1/000.p/2").content) == 64
        is_absent(client.get("/audit/tile/1/000.p/1"))
        assert len(tiles.entries_of(client.get("/audit/tile/entries/001").content)) == 256

    def test_before_the_first_head_there_is_nothing(self, auditor, by_token):
        client = by_token(auditor)
        for route in ROUTES:
            is_absent(client.get(route))


class TestProofs:
    def test_it_is_a_file_to_keep(self, three, alice, by_token):
        client = by_token(alice)
        answer = client.get("/audit/proof/2")
        assert answer["Content-Disposition"] == 'attachment; filename="2.tlog-proof"'
        file = proof_files.parse(answer.content.decode())
        assert (file.index, file.extra) == (2, None)
        leaf = bytes(log.entry_bytes(2))
        key = notes.VerifyingKey.parse(client.get("/audit/log.vkey").content.decode().strip())
        assert file.verify(leaf=leaf_hash(leaf), key=key) == three

    @pytest.mark.parametrize(
        "name",
        ["3", "-1", "02", "+1", "1.0", "x", "9" * 18, "9" * 40, "\N{ARABIC-INDIC DIGIT ONE}",
         "00000000-0000-7000-8000-000000000000"],
    )  # fmt: skip
    def test_what_is_not_under_a_head_has_none(self, name, three, alice, by_token):
        is_absent(by_token(alice).get(f"/audit/proof/{name}"))

    def test_nor_has_what_is_no_name(self, three, alice, by_token):
        for name in ("2/3", "2%0a", "%0a/2", ""):
            is_absent(by_token(alice).get(f"/audit/proof/{name}"))

    def test_an_entry_is_also_named_by_its_id(self, three, alice, by_token):
        client = by_token(alice)
        client.get("/api/v1/me")
        [look] = log.entries(event=Event.RECORD_VIEWED)
        assert look.index is None
        is_absent(client.get(f"/audit/proof/{look.id}"))
        catch_up(look.recorded_at)
        answer = client.get(f"/audit/proof/{look.id}")
        file = proof_files.parse(answer.content.decode())
        [look] = log.entries(event=Event.RECORD_VIEWED)
        assert file.index == look.index
        assert client.get(f"/audit/proof/{look.index}").content == answer.content
        is_absent(client.get(f"/audit/proof/{str(look.id).upper()}"))

    def test_the_bytes_are_for_whoever_acted_and_for_auditors(
        self, alice, bob, auditor, administrator, at, by_token
    ):
        by_token(alice).get("/api/v1/me")
        catch_up(at)
        [look] = log.entries(event=Event.RECORD_VIEWED)
        found = {
            user.name: proof_files.parse(
                by_token(user).get(f"/audit/proof/{look.index}").content.decode()
            ).extra
            for user in (alice, bob, auditor, administrator)
        }
        own = log.entry_bytes(look.index)
        assert found == {"Alice": own, "Bob": None, "Olga": own, "Adam": None}
        [reading] = log.entries(event=Event.LOG_READ)
        assert (reading.actor, reading.parameters) == (
            f"user:{auditor.pk}",
            {"index": look.index},
        )


class TestTheDocument:
    def test_it_names_every_route(self):
        described = {path for path in document()["paths"] if path.startswith("/audit/")}
        assert described == {
            "/audit/checkpoint",
            "/audit/tile/{name}",
            "/audit/tile/entries/{name}",
            "/audit/proof/{name}",
            "/audit/log.vkey",
            "/audit/receipts.vkey",
        }


class TestAReaderThatTrustsNothing:
    def test_it_follows_the_head_and_proves_its_own_receipt(self, company, at, by_token):
        client = by_token(company.alice)
        write_many(at, 600)
        receipt = client.get("/api/v1/boards/tokens-30d")["Audit-Receipt"]
        old = catch_up(at)
        write_many(at, 100)
        catch_up(at)

        key = notes.VerifyingKey.parse(client.get("/audit/log.vkey").content.decode().strip())
        head = checkpoints.verified(client.get("/audit/checkpoint").content, key)
        fetched = {name: client.get(f"/audit/{name.path}") for name in tiles.tiles_of(head.size)}
        assert {answer.status_code for answer in fetched.values()} == {200}
        tree = Tree(head.size, lambda name: fetched[name].content)
        assert tree.root() == head.root
        assert tree.subtree(0, old.size) == old.root

        promised = base64.b64decode(receipt).decode().split("\n")
        entry, leaf = promised[2], base64.b64decode(promised[3])
        file = proof_files.parse(client.get(f"/audit/proof/{entry}").content.decode())
        assert file.verify(leaf=leaf, key=key) == head
        assert leaf_hash(file.extra) == leaf
        assert tree.inclusion(file.index) == list(file.hashes)
