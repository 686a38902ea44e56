"""Connectors in the admin and by command: set up, changed, pulled; the key comes out nowhere."""

import json
import logging
from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection

from apps.audit.models import Detail
from apps.common import clock
from apps.usage import actions
from apps.usage.actions import ConnectorExists, ConnectorSettings, InvalidConnector
from apps.usage.actions.pulling import _secret
from apps.usage.connectors.addresses import is_allowed
from apps.usage.models.definitions import Connector, Source
from tests import people
from tests.stubs.servers import KEY, Anthropic, Copilot
from tests.usage.connecting import AT, DOING, KINDS, connect, counted, day, pull, state
from tests.usage.events import source
from tests.usage.pages import CANARY, claude_code_row, copilot_row

pytestmark = pytest.mark.django_db
LIST = "/admin/usage/connector/"
FORM = {
    "kind": "anthropic-claude-code",
    "source_slug": "vendor",
    "address": "",
    "organisation": "",
    "first_day": "2026-11-18",
    "interval_minutes": "",
    "revised_days": "",
    "key": KEY,
}


def everything_stored() -> str:
    """Return all rows of all tables as text."""
    found = []
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            if model._meta.managed:
                cursor.execute(f'SELECT * FROM "{model._meta.db_table}"')
                for row in cursor.fetchall():
                    found += [
                        bytes(value).decode("latin-1")
                        if isinstance(value, bytes | memoryview)
                        else str(value)
                        for value in row
                    ]
    return "\n".join(found)


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def anthropic():
    with Anthropic().running() as stub:
        stub.rows[day(1)] = [claude_code_row(date=f"{day(1)}T00:00:00Z")]
        yield stub


@pytest.fixture
def admin(administrator, signed_in):
    return signed_in(administrator)


class TestTheAdmin:
    def test_a_connector_is_added_with_its_source_and_its_vendors_advice(self, admin):
        added = admin.post(f"{LIST}add/", FORM | {"kind": "anthropic-user-usage"})
        assert added.status_code == 302, added.content.decode()
        row = Connector.objects.get()
        assert (row.address, row.interval_minutes, row.revised_days) == (
            "https://api.anthropic.com",
            240,
            30,
        )
        assert Source.objects.get().slug == "vendor"
        assert _secret(row) == KEY

    def test_the_key_is_shown_on_no_page_and_kept_where_none_is_entered(self, admin):
        admin.post(f"{LIST}add/", FORM)
        number = Connector.objects.get().pk
        change = f"{LIST}{number}/change/"
        form = {name: FORM[name] for name in ("organisation", "revised_days")}
        form |= {"first_day": "2026-11-10", "interval_minutes": "30", "is_active": "on"}
        changed = admin.post(change, form | {"address": "", "key": ""})
        assert changed.status_code == 302, changed.content.decode()
        row = Connector.objects.get()
        assert (row.interval_minutes, str(row.first_day), _secret(row)) == (30, "2026-11-10", KEY)
        pages = [admin.get(url).content.decode() for url in (LIST, change, f"{LIST}add/")]
        assert not any(KEY in page for page in pages)

    def test_a_new_key_replaces_the_old_one(self, admin):
        admin.post(f"{LIST}add/", FORM)
        change = f"{LIST}{Connector.objects.get().pk}/change/"
        form = {"first_day": "2026-11-18", "is_active": "on", "key": "sk-ant-admin-2"}
        assert admin.post(change, form).status_code == 302
        assert _secret(Connector.objects.get()) == "sk-ant-admin-2"

    def test_at_another_address_the_key_is_entered_anew(self, admin):
        """Else whoever may edit the address could have the key sent to themself."""
        admin.post(f"{LIST}add/", FORM)
        change = f"{LIST}{Connector.objects.get().pk}/change/"
        form = {"first_day": "2026-11-18", "is_active": "on", "address": "https://x.example"}
        refused = admin.post(change, form)
        assert "entered anew" in refused.content.decode()
        assert Connector.objects.get().address == "https://api.anthropic.com"
        assert admin.post(change, form | {"key": "another"}).status_code == 302
        assert Connector.objects.get().address == "https://x.example"

    @pytest.mark.parametrize(
        "given",
        [
            {"address": "http://vendor.example"},
            {"address": "https://user:pass@vendor.example"},
            {"address": "https://vendor.example/?key=1"},
            {"key": ""},
            {"key": "two words"},
            {"key": "caf\u00e9"},
            {"interval_minutes": "0"},
            {"revised_days": "0"},
            {"kind": "litellm-daily"},
            {"kind": "copilot-users"},
        ],
    )
    def test_what_cannot_be_used_is_refused_beside_the_form(self, admin, given):
        refused = admin.post(f"{LIST}add/", FORM | given)
        assert refused.status_code == 200
        assert "errornote" in refused.content.decode()
        assert not Connector.objects.exists()
        assert not Source.objects.exists()

    def test_the_list_says_what_is_wrong(self, admin, anthropic):
        anthropic.always = "refused"
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        pull()
        page = admin.get(LIST).content.decode()
        assert "The key was refused (401): make an Admin key" in page

    def test_the_button_pulls_soon(self, admin, anthropic, django_capture_on_commit_callbacks):
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE, days=0)
        number = Connector.objects.get().pk
        assert admin.get(f"{LIST}{number}/pull/").status_code == 405
        with django_capture_on_commit_callbacks(execute=True):
            assert admin.post(f"{LIST}{number}/pull/").status_code == 302
        assert anthropic.asked

    def test_it_is_switched_off_and_on(self, admin):
        admin.post(f"{LIST}add/", FORM)
        change = f"{LIST}{Connector.objects.get().pk}/change/"
        admin.post(change, {"first_day": "2026-11-18"})
        assert not Connector.objects.get().is_active
        assert actions.due_connectors(at=AT + timedelta(days=9)) == []
        admin.post(change, {"first_day": "2026-11-18", "is_active": "on"})
        assert Connector.objects.get().is_active
        rules = Detail.objects.filter(entry__event="connector.changed").count()
        assert rules == 2

    def test_others_may_not(self, alice, signed_in, anthropic):
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        browser = signed_in(alice)
        number = Connector.objects.get().pk
        assert browser.get(LIST).status_code == 302
        assert browser.post(f"{LIST}{number}/pull/").status_code == 302


class TestActions:
    def test_a_source_takes_one_report_and_no_ones_own(self, anthropic):
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        with pytest.raises(ConnectorExists):
            connect(anthropic, KINDS.ANTHROPIC_USER_USAGE)
        source("laptop", person_id=people.add("dana", at=AT).pk)
        wanted = ConnectorSettings(address="", first_day=AT.date())
        with pytest.raises(ConnectorExists):
            actions.add_connector(
                kind=KINDS.ANTHROPIC_USER_USAGE, slug="laptop", wanted=wanted, secret="k", **DOING
            )

    def test_a_refused_key_is_not_repeated(self):
        wanted = ConnectorSettings(address="", first_day=AT.date())
        with pytest.raises(InvalidConnector) as refusal:
            actions.add_connector(
                kind=KINDS.OPENAI_USAGE, slug="v", wanted=wanted, secret=f"{KEY} x", **DOING
            )
        assert KEY not in str(refusal.value)

    @pytest.mark.parametrize(
        ("address", "allowed"),
        [
            ("https://api.anthropic.com", True),
            ("https://10.0.0.7:4000/litellm", True),
            ("http://127.0.0.1:4000", True),
            ("http://localhost:4000", True),
            ("http://[::1]:4000", True),
            ("http://169.254.169.254/latest", False),
            ("http://127.0.0.1.evil.example", False),
            ("http://localhost@evil.example", False),
            ("https://u:p@vendor.example", False),
            ("ftp://vendor.example", False),
            ("file:///etc/passwd", False),
            ("https://", False),
            ("https://a b", False),
            ("https://vendor.example:99999", False),
            ("", False),
        ],
    )
    def test_https_anywhere_and_http_on_this_machine_alone(self, address, allowed):
        assert is_allowed(address) is allowed


class TestSecrecy:
    def test_the_key_is_in_no_row_no_line_and_no_error(self, anthropic, caplog):
        caplog.set_level(logging.DEBUG)
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        for number, fault in enumerate(("error", "refused", "html", "broken off")):
            anthropic.always = fault
            assert KEY not in pull(minutes=number).error
        anthropic.always = ""
        assert pull(minutes=9).error == ""
        assert KEY not in everything_stored()
        assert KEY not in caplog.text
        assert not any(each.name.startswith("http") for each in caplog.records)

    def test_a_key_moved_to_another_row_does_not_open(self, anthropic):
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        row = Connector.objects.get()
        Connector.objects.update(secret=bytes(row.secret)[:-1] + b"x")
        assert pull().error_code == "key_lost"
        actions.replace_secret(slug="vendor", secret=KEY, **DOING)
        assert pull(minutes=1).error == ""

    def test_content_and_names_leave_no_trace(self, anthropic):
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        pull()
        with Copilot().running() as stub:
            stub.rows[day(1)] = [copilot_row(day=day(1))]
            wanted = ConnectorSettings(stub.address, AT.date() - timedelta(days=1), "corp")
            actions.add_connector(
                kind=KINDS.COPILOT_USERS, slug="copilot", wanted=wanted, secret=KEY, **DOING
            )
            done = actions.pull("copilot", **DOING)
            assert done.accepted
        assert counted()
        stored = everything_stored()
        assert CANARY not in stored
        assert "s3cret" not in stored
        assert "dana" not in stored


class TestTheCommand:
    def test_it_pulls_everything_and_says_so_in_json(self, anthropic):
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE, days=1)
        out = StringIO()
        call_command("pull", json=True, stdout=out)
        [found] = json.loads(out.getvalue())
        assert (found["source"], found["is_finished"]) == ("vendor", True)

    def test_it_ends_badly_where_something_is_wrong(self, anthropic):
        anthropic.always = "refused"
        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        out = StringIO()
        with pytest.raises(SystemExit) as end:
            call_command("pull", source="vendor", stdout=out)
        assert end.value.code == 1
        assert "refused (401)" in out.getvalue()
        with pytest.raises(CommandError):
            call_command("pull", source="none")

    def test_somebody_else_at_it_is_said(self, anthropic):
        from apps.runs.models import Run

        connect(anthropic, KINDS.ANTHROPIC_CLAUDE_CODE)
        key = f"{state().connector_id} 0"
        Run.objects.create(
            kind="usage.pull", key=key, lease_until=AT + timedelta(days=900), started_at=AT
        )
        out = StringIO()
        with pytest.raises(SystemExit):
            call_command("pull", json=True, stdout=out)
        assert json.loads(out.getvalue())[0]["error_code"] == "busy"
