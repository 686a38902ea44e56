import re
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from django.test import Client

from tests.api.schema import DOCUMENT

pytestmark = pytest.mark.django_db


class TestTheDocument:
    def test_the_committed_one_is_the_generated_one(self, tmp_path):
        generated = tmp_path / "openapi.yaml"
        call_command("spectacular", file=str(generated), validate=True, fail_on_warn=True)
        hint = "run: manage.py spectacular --file docs/openapi.yaml"
        assert generated.read_text() == DOCUMENT.read_text(), hint

    def test_it_is_openapi_3_1_and_served(self, alice, by_token):
        answer = by_token(alice).get("/api/v1/schema")
        served = yaml.safe_load(answer.content)
        assert served["openapi"].startswith("3.1")
        assert set(served["paths"]) == set(yaml.safe_load(DOCUMENT.read_text())["paths"])

    def test_it_names_both_kinds_of_tokens_where_they_belong(self):
        document = yaml.safe_load(DOCUMENT.read_text())
        intake = document["paths"]["/api/v1/usage/records"]["post"]
        assert intake["security"] == [{"sourceToken": []}]
        assert {"personalToken": []} in document["paths"]["/api/v1/me"]["get"]["security"]


class TestThePages:
    def test_they_have_no_inline_script_or_style(self, alice, by_token):
        page = by_token(alice).get("/api/v1/docs").content.decode()
        assert not re.search(r"<style|style=|<script(?![^>]*src=)", page)
        sources = re.findall(r'(?:src|href)="([^"]+)"', page)
        assert sources
        assert all(source.startswith("/") for source in sources)

    def test_their_script_is_a_file_of_its_own(self, alice, by_token):
        client = by_token(alice)
        page = client.get("/api/v1/docs").content.decode()
        [script] = [s for s in re.findall(r'src="([^"]+)"', page) if "script" in s and "docs" in s]
        answer = client.get(script)
        assert answer["Content-Type"].startswith("application/javascript")
        assert "/api/v1/schema" in answer.content.decode()


class TestAnyone:
    @pytest.mark.parametrize("route", ["schema", "docs"])
    def test_reads_the_same_as_somebody_who_signed_in(self, alice, by_token, route):
        answer = Client().get(f"/api/v1/{route}")
        assert answer.status_code == 200
        assert answer.content == by_token(alice).get(f"/api/v1/{route}").content

    def test_gets_the_script_of_the_pages(self):
        assert Client().get("/api/v1/docs?script=").status_code == 200

    def test_reads_it_with_a_token_that_ended_as_well(self):
        client = Client(headers={"Authorization": "Bearer ended"})
        assert client.get("/api/v1/schema").status_code == 200

    @pytest.mark.parametrize("question", ["version=a%0Ab", "version=9", "lang=de"])
    def test_gets_the_one_document_whatever_is_asked(self, question):
        answer = Client().get(f"/api/v1/schema?{question}")
        assert answer.status_code == 200
        assert yaml.safe_load(answer.content) == yaml.safe_load(DOCUMENT.read_text())


def test_there_is_no_browsable_interface():
    from django.conf import settings

    assert "BrowsableAPIRenderer" not in str(settings.REST_FRAMEWORK)
    assert Path(DOCUMENT).exists()
