import pytest
from django.contrib.auth.models import Permission

from apps.audit import queries as log
from apps.audit.events import Event
from apps.disclosure.models import Policy

pytestmark = pytest.mark.django_db


class TestThePolicy:
    @pytest.fixture
    def client(self, administrator, signed_in):
        allowed = Permission.objects.filter(content_type__app_label="disclosure")
        administrator.user_permissions.set(allowed)
        return signed_in(administrator)

    def test_deciding_is_written_down_each_time(self, client, administrator):
        client.post("/admin/disclosure/policy/add/", {"shows_viewer_names": "on"})
        assert Policy.objects.get().shows_viewer_names
        client.post("/admin/disclosure/policy/policy/change/", {})
        assert not Policy.objects.get().shows_viewer_names
        entries = log.entries(event=Event.POLICY_CHANGED)
        decided = [e.parameters for e in entries if e.item_id == "disclosure"]
        assert decided == [{"shows_viewer_names": 0}, {"shows_viewer_names": 1}]
        assert entries[0].actor == f"user:{administrator.pk}"

    def test_there_is_one_row_and_it_stays(self, client):
        client.post("/admin/disclosure/policy/add/", {})
        assert client.get("/admin/disclosure/policy/add/").status_code == 403
        assert client.get("/admin/disclosure/policy/policy/delete/").status_code == 403
