"""Known faults in the admin: every change is recorded, odd versions are refused."""

import pytest
from django.urls import reverse

from apps.audit import queries as log
from apps.audit.events import Event
from apps.usage.models import KnownFault

pytestmark = pytest.mark.django_db

LIST = "admin:usage_knownfault_changelist"
ADD = "admin:usage_knownfault_add"
WORDS = {"tool": "codex", "first_version": "0.50", "fixed_in": "0.58.0", "explanation": "Twice."}


@pytest.fixture
def desk(administrator, signed_in):
    return signed_in(administrator)


def changes():
    entries = log.entries(event=Event.FAULT_CHANGED)
    return [
        (entry.actor, entry.parameters["change"], entry.parameters["tool"]) for entry in entries
    ]


class TestFaults:
    def test_an_administrator_adds_changes_and_removes_one(self, desk, administrator):
        assert desk.post(reverse(ADD), WORDS).status_code == 302
        fault = KnownFault.objects.get(tool="codex")
        assert (fault.first_version, fault.fixed_in) == ("0.50", "0.58.0")
        page = reverse("admin:usage_knownfault_change", args=[fault.pk])
        assert desk.post(page, {**WORDS, "fixed_in": ""}).status_code == 302
        gone = reverse("admin:usage_knownfault_delete", args=[fault.pk])
        assert desk.post(gone, {"post": "yes"}).status_code == 302
        assert not KnownFault.objects.filter(tool="codex").exists()
        actor = f"user:{administrator.pk}"
        assert changes() == [(actor, done, "codex") for done in ("removed", "changed", "added")]

    def test_several_are_removed_at_once_and_each_is_recorded(self, desk):
        known = list(KnownFault.objects.values_list("pk", flat=True))
        form = {"action": "delete_selected", "_selected_action": known, "post": "yes"}
        assert desk.post(reverse(LIST), form).status_code == 302
        assert not KnownFault.objects.exists()
        assert len(changes()) == len(known) > 0

    @pytest.mark.parametrize("name", ["first_version", "fixed_in"])
    def test_what_is_no_version_is_refused(self, name, desk):
        answer = desk.post(reverse(ADD), {**WORDS, name: "the newest"})
        assert b"A version reads like 2.1.214." in answer.content
        assert not KnownFault.objects.filter(tool="codex").exists()

    def test_nobody_else_sees_them(self, alice, signed_in):
        assert signed_in(alice).get(reverse(LIST)).status_code in {302, 403}
