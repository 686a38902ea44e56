"""Who reads the log, traces leaks and closes is decided by two administrators."""

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from apps.approvals.actions import AlreadyAsked, NoLongerPending, SamePerson
from apps.approvals.standing import NotIndependent, TooNew
from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import actors, clock, permissions
from apps.people import actions, queries
from apps.people.actions.guarded import LIFETIME

OPERATOR = actors.command("tests")
PAGE = "admin:people_objectgrant_changelist"


@pytest.fixture
def reading(db):
    """`read_audit` on the log."""
    return actions.Target("audit.log", str(log.the_log().pk), "read_audit")


@pytest.fixture
def adam(administrator):
    return actors.user(administrator.pk, role="admin")


@pytest.fixture
def agnes(second_administrator):
    return actors.user(second_administrator.pk, role="admin")


def group(name):
    return actions.Holder("group", Group.objects.get(name=name).pk)


def person(account):
    return actions.Holder("user", account.pk)


def reads(account):
    return permissions.may(account, "read_audit", log.the_log())


def client_for(account):
    client = Client()
    client.force_login(account, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


class TestAlone:
    @pytest.mark.parametrize("permission", ["read_audit", "trace_leak", "close"])
    def test_nobody_signed_in_changes_a_guarded_permission(self, alice, adam, at, permission):
        is_switch = permission == "close"
        model, key = (
            ("shutter.scope", "boards") if is_switch else ("audit.log", str(log.the_log().pk))
        )
        target = actions.Target(model, key, permission)
        for change in (actions.grant_permission, actions.revoke_permission):
            with pytest.raises(actions.SecondPersonNeeded):
                change(holder=person(alice), target=target, actor=adam, at=at)
        actions.grant_permission(holder=person(alice), target=target, actor=OPERATOR, at=at)

    def test_asking_changes_nothing_and_is_in_the_log(self, auditor, adam, reading, at):
        change = actions.ask_to_revoke(holder=group("auditors"), target=reading, actor=adam, at=at)
        assert reads(auditor)
        assert queries.pending_changes(at=at) == [change]
        (entry,) = log.entries(event=Event.PERMISSION_REVOKED)
        assert (entry.outcome, entry.rule) == ("deny", "second_person_needed")
        with pytest.raises(AlreadyAsked):
            actions.ask_to_revoke(holder=group("auditors"), target=reading, actor=adam, at=at)

    def test_who_asked_does_not_approve(self, auditor, adam, reading, at):
        change = actions.ask_to_revoke(holder=group("auditors"), target=reading, actor=adam, at=at)
        with pytest.raises(SamePerson):
            actions.approve_change(request_id=change.id, actor=adam, at=at)
        assert reads(auditor)

    def test_neither_does_their_second_self(self, administrator, adam, reading, at):
        card = actions.add_person(email="sock@corp.example", role="admin", actor=adam, at=at)
        change = actions.ask_to_grant(
            holder=person(administrator), target=reading, actor=adam, at=at
        )
        with pytest.raises(NotIndependent):
            actions.approve_change(request_id=change.id, actor=actors.user(card.id), at=at)
        assert not reads(administrator)

    def test_only_administrators_ask_approve_and_deny(self, alice, auditor, adam, reading, at):
        asked = {"holder": person(alice), "target": reading, "at": at}
        with pytest.raises(TooNew):
            actions.ask_to_grant(**asked, actor=actors.user(auditor.pk))
        change = actions.ask_to_grant(**asked, actor=adam)
        for decide in (actions.approve_change, actions.deny_change):
            with pytest.raises(TooNew):
                decide(request_id=change.id, actor=actors.user(auditor.pk), at=at)
        assert queries.pending_changes(at=at) == [change]


class TestTogether:
    def test_another_administrator_carries_it_out(self, auditor, adam, agnes, reading, at):
        change = actions.ask_to_revoke(holder=group("auditors"), target=reading, actor=adam, at=at)
        actions.approve_change(request_id=change.id, actor=agnes, at=at)
        assert not reads(auditor)
        entry = log.entries(event=Event.PERMISSION_REVOKED)[0]
        assert (entry.outcome, entry.actor) == ("allow", agnes.reference)
        assert entry.parameters["people"] == f"{adam.reference} {agnes.reference}"

    def test_nobody_approves_what_they_would_hold(
        self, second_administrator, adam, agnes, reading, at
    ):
        for holder in (person(second_administrator), group("administrators"), group("employees")):
            change = actions.ask_to_grant(holder=holder, target=reading, actor=adam, at=at)
            with pytest.raises(actions.OwnGrant):
                actions.approve_change(request_id=change.id, actor=agnes, at=at)
        assert not reads(second_administrator)
        assert log.entries(event=Event.PERMISSION_GRANTED)[0].rule == "own_grant"

    def test_a_denied_or_old_request_does_nothing(self, alice, adam, agnes, reading, at):
        asked = {"holder": person(alice), "target": reading, "actor": adam}
        change = actions.ask_to_grant(**asked, at=at)
        actions.deny_change(request_id=change.id, actor=agnes, at=at)
        assert log.entries(event=Event.PERMISSION_GRANTED)[0].rule == "denied"
        late = actions.ask_to_grant(**asked, at=at)
        for request, when in ((change, at), (late, at + LIFETIME)):
            with pytest.raises(NoLongerPending):
                actions.approve_change(request_id=request.id, actor=agnes, at=when)
        assert not reads(alice)


class TestThePage:
    def blind(self, client, reading):
        holder = group("auditors")
        return client.post(
            reverse(PAGE),
            {
                "do": "revoke",
                "model": reading.model,
                "key": reading.key,
                "permission": reading.permission,
                "holder_kind": "group",
                "holder_id": holder.id,
            },
            follow=True,
        )

    def test_one_asks_and_another_approves(
        self, administrator, second_administrator, auditor, reading
    ):
        adams, agness = client_for(administrator), client_for(second_administrator)
        page = self.blind(adams, reading).content.decode()
        assert "Another administrator has to approve it" in page
        assert reads(auditor)
        assert 'value="approve"' not in page
        assert 'value="deny"' in page
        page = agness.get(reverse(PAGE)).content.decode()
        assert 'value="approve"' in page
        assert administrator.email in page
        (change,) = queries.pending_changes(at=clock.now())
        agness.post(reverse(PAGE), {"do": "approve", "request": change.id})
        assert not reads(auditor)

    def test_it_grants_oneself_nothing_alone(self, administrator, reading):
        what = f"{reading.model}/{reading.key}/read_audit"
        client = client_for(administrator)
        client.post(reverse(PAGE), {"do": "grant", "target": what, "email": administrator.email})
        (change,) = queries.pending_changes(at=clock.now())
        page = client.post(reverse(PAGE), {"do": "approve", "request": change.id})
        assert "the same person does not count twice" in page.content.decode()
        assert not reads(administrator)
        client.post(reverse(PAGE), {"do": "deny", "request": change.id})
        assert queries.pending_changes(at=clock.now()) == []

    def test_nonsense_is_answered_with_a_sentence(self, administrator):
        for do in ("approve", "deny"):
            page = client_for(administrator).post(reverse(PAGE), {"do": do, "request": "x"})
            assert "There is no such request." in page.content.decode()
