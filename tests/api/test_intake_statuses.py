"""What the page says of the statuses of usage in, asked of the route."""

import json

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
LINES = "application/x-ndjson"
BAD = json.dumps({"id": "r1", "at": "2026-11-20T10:00:00Z", "model": "m", "output_tokens": -1})


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (LINES, "", 200),
        ("application/json", "[]", 200),
        (LINES, BAD, 200),
        ("application/json", f"[{BAD}]", 200),
        ("application/json", BAD, 422),
        ("application/json", "3", 422),
        ("application/json", "{", 400),
        (LINES, "{", 400),
    ],
)
def test_only_what_is_no_list_is_422_and_only_what_is_unreadable_400(company, kind, body, status):
    # Said as a header, because the test client names no type for an empty body.
    headers = {"Authorization": f"Bearer {company.source_token}", "Content-Type": kind}
    answer = Client(headers=headers).post("/api/v1/usage/records", body, content_type=kind)
    assert answer.status_code == status
    if status == 200:
        told = answer.json()
        assert (told["accepted"], told["duplicates"]) == (0, 0)
        assert len(told["rejected"]) == (BAD in body)
