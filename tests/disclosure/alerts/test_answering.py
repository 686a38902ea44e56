"""Auditors read alerts through the gate and say that they have seen one; old names go."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission

from apps.audit import queries as log
from apps.audit.erasures import Basis
from apps.audit.events import Event
from apps.common import actors
from apps.common.errors import Invalid, NotFound
from apps.disclosure import gate, tasks
from apps.disclosure.alerts import answering
from apps.disclosure.models import Alert, AlertRule
from apps.rights.actions import log_details
from apps.shutter import actions as shutter
from apps.shutter.scopes import ScopeName
from tests.disclosure.conftest import viewer_of

pytestmark = pytest.mark.django_db


def raise_one(at, *, actor="user:7", rule="many_boards", number=0):
    moment = at + timedelta(hours=number)
    return Alert.objects.create(
        rule=rule,
        actor=actor,
        window_at=moment,
        raised_at=moment,
        from_at=moment,
        until_at=moment,
        evidence=12,
    )


class TestReading:
    def test_it_names_the_person_to_auditors(self, alice, auditor, at):
        raise_one(at, actor=f"user:{alice.pk}")
        raise_one(at, actor="", rule="log_frozen", number=-1)
        shown = gate.alerts(viewer_of(auditor), at=at)
        assert [(each.name, each.actor) for each in shown] == [
            ("Alice", f"user:{alice.pk}"),
            (None, ""),
        ]
        assert (shown[0].title, shown[0].counted) == (
            "Many boards in a short time",
            "different boards",
        )

    def test_reading_is_a_look(self, auditor, at):
        raise_one(at)
        gate.alerts(viewer_of(auditor), at=at)
        [entry] = log.entries(event=Event.LOG_READ)
        assert (entry.item_id, entry.count, entry.rule) == ("alerts", 1, "read_audit")

    def test_nobody_else_may(self, alice, administrator, at):
        for user in (alice, administrator):
            with pytest.raises(NotFound):
                gate.alerts(viewer_of(user), at=at)
        assert len(log.entries(event=Event.GATE_REFUSED)) == 2

    def test_alerts_are_never_shut(self, auditor, at):
        raise_one(at)
        shutter.close(scope=ScopeName.ALL, actor=actors.command("tests"), at=at)
        assert len(gate.alerts(viewer_of(auditor), at=at)) == 1

    def test_open_ones_come_first_and_portions_leave_none_out(self, auditor, at):
        made = [raise_one(at, number=number) for number in range(7)]
        for alert in made[2:7:2]:
            answering.answer(alert.pk, by="user:1", at=at)
        wanted = [made[n].pk for n in (5, 3, 1, 0, 6, 4, 2)]
        viewer, found, before = viewer_of(auditor), [], None
        while portion := gate.alerts(viewer, at=at, before=before, limit=2):
            found += [each.id for each in portion]
            before = str(found[-1])
        assert found == wanted

    def test_odd_ids_are_refused(self, auditor, at):
        with pytest.raises(Invalid):
            gate.alerts(viewer_of(auditor), at=at, before="seven")
        assert gate.alerts(viewer_of(auditor), at=at, before=str(uuid.uuid4())) == []


class TestAnswering:
    def test_it_is_written_down_once(self, auditor, at):
        alert = raise_one(at)
        for minute in range(2):
            gate.answer_alert(viewer_of(auditor), alert.pk, at=at + timedelta(minutes=minute))
        alert.refresh_from_db()
        assert (alert.answered_at, alert.answered_by) == (at, f"user:{auditor.pk}")
        [entry] = log.entries(event=Event.ALERT_ANSWERED)
        assert (entry.actor, entry.item_id) == (f"user:{auditor.pk}", str(alert.pk))
        assert gate.open_alerts() == 0

    def test_nobody_else_may(self, alice, administrator, at):
        alert = raise_one(at)
        for user in (alice, administrator):
            with pytest.raises(NotFound):
                gate.answer_alert(viewer_of(user), alert.pk, at=at)
        assert gate.open_alerts() == 1
        assert len(log.entries(event=Event.GATE_REFUSED)) == 2

    def test_one_that_does_not_exist_is_not_found(self, auditor, at):
        with pytest.raises(NotFound):
            gate.answer_alert(viewer_of(auditor), uuid.uuid4(), at=at)

    def test_nobody_answers_what_is_about_them(self, auditor, at):
        alert = raise_one(at, actor=f"user:{auditor.pk}")
        with pytest.raises(gate.OwnAlert):
            gate.answer_alert(viewer_of(auditor), alert.pk, at=at)
        assert gate.open_alerts() == 1
        [entry] = log.entries(event=Event.ALERT_ANSWERED)
        assert (entry.outcome, entry.rule) == ("deny", "own_alert")


class TestForgetting:
    def test_old_alerts_lose_their_names_and_stay(self, at, settings, time_machine):
        settings.AUDIT_DETAILS_DAYS = 30
        old, young = raise_one(at - timedelta(days=31)), raise_one(at - timedelta(days=29))
        for each in (old, young):
            answering.answer(each.pk, by="user:1", at=at)
        time_machine.move_to(at, tick=False)
        tasks.forget_alerts.delay(later_keyword=1)
        found = {each.pk: (each.actor, each.answered_by) for each in Alert.objects.all()}
        assert found == {old.pk: (None, None), young.pk: ("user:7", "user:1")}
        assert Alert.objects.filter(answered_at=None).count() == 0

    def test_whose_details_are_erased_is_in_no_alert(self, alice, auditor, at):
        raise_one(at, actor=f"user:{alice.pk}")
        other = raise_one(at, actor="user:7", number=1)
        answering.answer(other.pk, by=f"user:{alice.pk}", at=at)
        command = actors.command("tests")
        log_details.erase_log_details(alice.email, basis=Basis.REQUEST, actor=command, at=at)
        kept = list(Alert.objects.order_by("raised_at").values_list("actor", "answered_by"))
        assert kept == [(None, None), ("user:7", None)]

    def test_what_is_about_the_log_stays_so(self, at, settings):
        settings.AUDIT_DETAILS_DAYS = 30
        raise_one(at - timedelta(days=31), actor="", rule="log_frozen")
        assert answering.forget(at=at) == 0
        assert Alert.objects.get().actor == ""


class TestTheRules:
    @pytest.fixture
    def client(self, administrator, signed_in):
        return signed_in(administrator)

    def test_administrators_edit_them_and_each_change_is_written_down(self, client, administrator):
        page = "/admin/disclosure/alertrule/many_boards/change/"
        assert b"Many boards in a short time" in client.get(page).content
        client.post(page, {"is_active": "on", "threshold": "20", "minutes": "15"})
        client.post(page, {"threshold": "20", "minutes": "15"})
        rule = AlertRule.objects.get(slug="many_boards")
        assert (rule.is_active, rule.threshold, rule.minutes) == (False, 20, 15)
        off, changed = log.entries(event=Event.ALERT_RULE_CHANGED)
        assert (changed.item_id, changed.actor) == ("many_boards", f"user:{administrator.pk}")
        assert changed.parameters == {
            "is_active": 1, "is_active_before": 1, "minutes": 15, "minutes_before": 10,
            "threshold": 20, "threshold_before": 10,
        }  # fmt: skip
        assert (off.parameters["is_active"], off.parameters["is_active_before"]) == (0, 1)

    @pytest.mark.parametrize(
        "sent", [{"threshold": "0", "minutes": "5"}, {"threshold": "5", "minutes": "1441"}]
    )
    def test_they_are_bounded(self, sent, client):
        client.post("/admin/disclosure/alertrule/many_boards/change/", sent)
        assert AlertRule.objects.get(slug="many_boards").threshold == 10
        assert not log.entries(event=Event.ALERT_RULE_CHANGED)

    def test_none_is_added_or_deleted_and_no_alert_is_shown(self, client, administrator):
        administrator.user_permissions.set(
            Permission.objects.filter(content_type__app_label="disclosure")
        )
        assert client.get("/admin/disclosure/alertrule/").status_code == 200
        assert client.get("/admin/disclosure/alertrule/add/").status_code == 403
        assert client.get("/admin/disclosure/alertrule/many_boards/delete/").status_code == 403
        assert client.get("/admin/disclosure/alert/").status_code == 404
