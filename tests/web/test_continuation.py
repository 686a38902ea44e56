"""The page on which a frozen log goes on: both heads, who asked, three buttons."""

import pytest

from apps.audit import queries
from apps.audit.events import Event
from apps.audit.models import Freeze, Origin
from apps.audit.queries import continuations
from tests import people
from tests.people import PASSWORD
from tests.web import markup

pytestmark = pytest.mark.django_db
PAGE = "/audit/continue/"


@pytest.fixture
def frozen(db, at):
    origin = Origin.objects.create(number=1, name="log.example/1", vkey="a key", begun_at=at)
    return Freeze.objects.create(
        origin=origin,
        reason="behind_head",
        kept_size=300,
        kept_root=b"k" * 32,
        found_size=200,
        found_root=b"f" * 32,
        frozen_at=at,
    )


@pytest.fixture
def otto(db, at):
    return people.add("otto", role="auditor", at=at)


@pytest.fixture
def fresh(signed_in):
    """Return the client of somebody who has just given their password."""

    def sign_in(user):
        client = signed_in(user)
        client.post("/accounts/reauthenticate/", {"password": PASSWORD})
        return client

    return sign_in


def shown(client, *, status=200):
    answer = client.get(PAGE)
    assert answer.status_code == status
    assert answer.headers["Cache-Control"] == "no-store, private"
    return markup.read(answer)


def buttons(page):
    return [button.get("value") for button in page.all("button") if button.get("name") == "do"]


def decide(client, what, **words):
    return client.post(PAGE, {"do": what, **words})


def test_a_log_that_is_not_frozen_asks_nothing(auditor, signed_in):
    page = shown(signed_in(auditor))
    assert "The log is not frozen" in page.words
    assert buttons(page) == []


def test_both_heads_and_the_reason_are_shown(frozen, auditor, signed_in):
    page = shown(signed_in(auditor))
    freeze = continuations.frozen()
    for line in freeze.terms.split():
        assert line in page.words
    assert buttons(page) == ["ask"]
    (entry,) = queries.entries(event=Event.LOG_READ)
    assert (entry.outcome, entry.parameters) == ("allow", {"part": "continuation"})


def test_one_asks_and_another_approves(frozen, auditor, otto, fresh, at):
    client = fresh(auditor)
    assert decide(client, "ask", reason="The disk died.").status_code == 302
    page = shown(client)
    assert "The disk died." in page.words
    assert buttons(page) == ["deny"], "who asked cannot approve"
    client = fresh(otto)
    page = shown(client)
    assert f"user:{auditor.pk}" in page.words
    assert buttons(page) == ["approve", "deny"]
    (request,) = [
        field.get("value") for field in page.all("input") if field.get("name") == "request"
    ]
    assert decide(client, "approve", request=request).status_code == 302
    page = shown(client)
    assert "Two people have agreed" in page.words
    assert buttons(page) == []
    assert continuations.agreed(1, at=at).people == (f"user:{auditor.pk}", f"user:{otto.pk}")


def test_one_denies(frozen, auditor, otto, fresh, at):
    decide(fresh(auditor), "ask", reason="The disk died.")
    (entry,) = queries.entries(event=Event.LOG_CONTINUATION_ASKED)
    client = fresh(otto)
    decide(client, "deny", request=entry.parameters["request"])
    assert buttons(shown(client)) == ["ask"]


def test_the_one_who_asked_is_refused(frozen, auditor, fresh, at):
    client = fresh(auditor)
    decide(client, "ask", reason="The disk died.")
    (entry,) = queries.entries(event=Event.LOG_CONTINUATION_ASKED)
    answer = decide(client, "approve", request=entry.parameters["request"])
    assert answer.status_code == 409
    assert continuations.agreed(1, at=at) is None


def test_a_decision_needs_a_password_given_just_now(frozen, auditor, signed_in):
    answer = decide(signed_in(auditor), "ask", reason="")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert queries.entries(event=Event.LOG_CONTINUATION_ASKED) == []


def test_the_typed_reason_outlives_the_password(frozen, auditor, signed_in):
    client = signed_in(auditor)
    decide(client, "ask", reason="The disk <died>.")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert "The disk &lt;died&gt;.</textarea>" in client.get(PAGE).content.decode()
    decide(client, "ask", reason="The disk <died>.")
    assert client.session.get("typed_reason") is None


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_nobody_asks_without_a_reason(frozen, auditor, fresh, reason):
    assert decide(fresh(auditor), "ask", reason=reason).status_code == 400
    (entry,) = queries.entries(event=Event.LOG_CONTINUATION_ASKED)
    assert (entry.outcome, entry.rule) == ("deny", "reason_missing")


def test_to_everyone_else_it_is_a_page_that_does_not_exist(frozen, alice, administrator, fresh):
    for user in (alice, administrator):
        client = fresh(user)
        page = shown(client, status=404)
        assert page.words == markup.read(client.get("/no-such-page/")).words
        assert decide(client, "ask", reason="").status_code == 404
    refused = queries.entries(event=Event.LOG_CONTINUATION_ASKED)
    assert [(entry.outcome, entry.rule) for entry in refused] == [
        ("deny", "read_audit_not_granted")
    ] * 2
    assert len(queries.entries(event=Event.GATE_REFUSED)) == 2


def test_an_odd_decision_is_refused(frozen, auditor, fresh):
    assert decide(fresh(auditor), "burn").status_code == 400
