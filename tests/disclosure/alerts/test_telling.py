"""Word goes out by mail and webhook, says no name, and goes until it arrives."""

import hashlib
import hmac
import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import structlog
from django.core import mail
from django.db import connection

from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import permissions
from apps.disclosure import tasks
from apps.disclosure.alerts import telling
from apps.disclosure.models import Alert
from apps.people import actions as people_actions
from tests.company import OPERATOR
from tests.disclosure.alerts.looks import only, write

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


class Hook:
    """A webhook on loopback that keeps what it was sent, and fails when told to."""

    def __init__(self):
        self.taken, self.followed, self.status = [], [], 200
        hook = self

        class Answering(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.taken.append((dict(self.headers), body))
                self.send_response(hook.status)
                if hook.status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()

            def do_GET(self):
                hook.followed.append(self.path)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.address = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def hook(settings):
    served = Hook()
    thread = threading.Thread(target=served.server.serve_forever)
    thread.start()
    settings.ALERT_WEBHOOK = served.address
    yield served
    served.server.shutdown()
    thread.join()
    served.server.server_close()


@pytest.fixture
def alert(alice, at):
    """An alert about alice."""
    return raise_one(at, actor=f"user:{alice.pk}")


def raise_one(at, *, actor, rule="many_boards"):
    return Alert.objects.create(
        rule=rule, actor=actor, window_at=at, raised_at=at, from_at=at, until_at=at, evidence=12
    )


def names_nobody(text, alert, *people):
    words = [
        alert.actor,
        *(word for one in people for word in (one.email, one.name, one.email[:5])),
    ]
    return not [word for word in words if word.lower() in text.lower()]


class TestMail:
    def test_it_goes_to_active_auditors_and_names_nobody(
        self, alert, alice, auditor, administrator, at, settings
    ):
        telling.tell(at=at + MINUTE)
        [sent] = mail.outbox
        assert sent.recipients() == [auditor.email]
        assert sent.to == []
        assert sent.subject == "[Claudeonomics] Alert: Many boards in a short time"
        assert "many_boards" in sent.body
        assert "2026-11-20 12:00 UTC" in sent.body
        assert f"{settings.BASE_URL}/audit/alerts/" in sent.body
        assert names_nobody(sent.subject + sent.body, alert, alice, auditor)
        assert "12 " not in sent.body.replace("12:00", "")

    def test_it_goes_once(self, alert, auditor, at):
        for minute in range(3):
            telling.tell(at=at + minute * MINUTE)
        assert len(mail.outbox) == 1

    def test_whoever_was_granted_the_log_gets_it_and_nobody_else(self, alert, alice, bob, at):
        permissions.grant(alice, "read_audit", log.the_log())
        permissions.grant(bob, "read_audit", log.the_log())
        people_actions.deactivate(person_id=bob.pk, actor=OPERATOR, at=at)
        telling.tell(at=at)
        assert [sent.recipients() for sent in mail.outbox] == [[alice.email]]

    def test_without_auditors_it_waits_for_one(self, alert, at, request):
        telling.tell(at=at)
        assert not mail.outbox
        request.getfixturevalue("auditor")
        telling.tell(at=at + MINUTE)
        assert len(mail.outbox) == 1

    def test_a_server_that_is_down_is_asked_again(self, alert, auditor, at, settings):
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
        with structlog.testing.capture_logs() as lines:
            telling.tell(at=at)
        assert lines[-1] == {
            "event": "alert.not_sent",
            "log_level": "warning",
            "road": "mailed_at",
            "trouble": "ConnectionRefusedError",
        }
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        telling.tell(at=at + MINUTE)
        assert len(mail.outbox) == 1


class TestTheWebhook:
    def test_nothing_leaves_without_one(self, alert, at, monkeypatch):
        monkeypatch.setattr(telling.httpx2, "Client", None)
        telling.tell(at=at)
        assert Alert.objects.get().posted_at is None

    def test_it_is_told_the_rule_and_the_moment_and_nobodys_name(
        self, alert, alice, at, hook, settings
    ):
        telling.tell(at=at)
        [(headers, body)] = hook.taken
        assert json.loads(body) == {
            "id": str(alert.pk),
            "rule": "many_boards",
            "title": "Many boards in a short time",
            "raised_at": "2026-11-20T12:00:00+00:00",
            "url": f"{settings.BASE_URL}/audit/alerts/",
        }
        assert names_nobody(body.decode() + str(headers), alert, alice)
        assert "Claudeonomics-Signature" not in headers

    def test_it_is_signed_where_there_is_a_key(self, alert, at, hook, settings):
        settings.ALERT_WEBHOOK_KEY = "a key of the operator's"
        telling.tell(at=at)
        [(headers, body)] = hook.taken
        expected = hmac.new(b"a key of the operator's", body, hashlib.sha256).hexdigest()
        assert headers["Claudeonomics-Signature"] == f"sha256={expected}"

    @pytest.mark.parametrize("status", [302, 400, 503])
    def test_what_is_not_taken_is_sent_again_until_it_is(self, status, alert, at, hook):
        hook.status = status
        for minute in range(2):
            telling.tell(at=at + minute * MINUTE)
        hook.status = 204
        for minute in range(2, 5):
            telling.tell(at=at + minute * MINUTE)
        assert len(hook.taken) == 3
        assert not hook.followed
        assert Alert.objects.get().posted_at == at + 2 * MINUTE

    def test_after_a_day_it_is_no_news(self, alert, at, hook):
        telling.tell(at=at + timedelta(days=1))
        assert not hook.taken

    def test_a_failure_is_logged_by_its_kind_alone(self, alert, at, settings):
        settings.ALERT_WEBHOOK = "http://127.0.0.1:1/secret-path"
        with structlog.testing.capture_logs() as lines:
            telling.tell(at=at)
        assert [line["trouble"] for line in lines if line["event"] == "alert.not_sent"] == [
            "ConnectError"
        ]
        assert "secret-path" not in str(lines)

    def test_one_that_fails_is_not_asked_for_each_alert(self, alert, at, hook):
        raise_one(at, actor="user:999")
        hook.status = 500
        telling.tell(at=at)
        assert len(hook.taken) == 1


class TestTheTask:
    def test_it_judges_and_tells(self, auditor, at, time_machine):
        only("many_refusals")
        write(Event.GATE_REFUSED, at=at, times=6)
        time_machine.move_to(at + MINUTE, tick=False)
        for _ in range(2):
            tasks.watch.delay(later_keyword=1)
        assert [sent.subject for sent in mail.outbox] == ["[Claudeonomics] Alert: Many refusals"]

    def test_what_waits_is_sent_also_where_judging_fails(self, alert, auditor, at, monkeypatch):
        monkeypatch.setattr(tasks.watching, "watch", lambda **_: 1 / 0)
        monkeypatch.setattr(tasks.clock, "now", lambda: at)
        with pytest.raises(ZeroDivisionError):
            tasks.watch.delay()
        assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_workers_that_run_at_once_send_one_word(self, alert, at, hook):
        start = threading.Barrier(4)

        def run():
            try:
                start.wait(10)
                telling.tell(at=at)
            finally:
                connection.close()

        threads = [threading.Thread(target=run) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
        assert len(hook.taken) == 1
