"""A look that cannot be written down is answered by 503, without a byte of what was asked for."""

import pytest
from django.db import connection

from apps.audit.models import Entry
from apps.audit.receipts import HEADER
from tests.disclosure import failing
from tests.disclosure.test_receipts import client_of

pytestmark = pytest.mark.django_db(transaction=True)

BOARDS = ("/boards/", "/boards/tokens-30d/", "/api/v1/boards", "/api/v1/boards/tokens-30d")
OWN = ("/", "/api/v1/me", "/api/v1/me/usage")
# What only a board's answer holds: its title, names of others, figures as page and REST write them.
TELLING = (b"Tokens, 30 days", b"Erin", b"7,650,000", b"7650000", b"4320000", b"7654321")
READ_ONLY = {
    "sqlite": [failing.sqlite_query_only, failing.sqlite_file_read_only],
    "postgresql": [failing.postgresql_read_only, failing.postgresql_full_by_trigger],
}
FULL = {"sqlite": failing.sqlite_full, "postgresql": failing.postgresql_full_disk}
MOST_LOOKS = 400


@pytest.fixture
def client(company):
    """Return a client of bob's that has seen everything once, so that memory could answer."""
    client = client_of(company.bob)
    for path in (*BOARDS, *OWN):
        assert client.get(path).status_code == 200
    return client


def is_silent(answer):
    """Tell whether the answer is a 503 that tells nothing; fails where it is not."""
    assert answer.status_code == 503, answer.status_code
    assert HEADER not in answer
    assert answer["Cache-Control"] == "no-store, private"
    assert not [each for each in TELLING if each in answer.content]
    return True


class TestReadOnly:
    @pytest.mark.parametrize("number", [0, 1])
    def test_nothing_leaves_and_nothing_is_promised(self, client, number):
        with READ_ONLY[connection.vendor][number]():
            for path in (*BOARDS, *OWN):
                assert is_silent(client.get(path)), path
                assert is_silent(client.head(path)), path
                assert client.head(path).content == b""
            problem = client.get("/api/v1/boards/tokens-30d").json()
            assert problem["code"] == "unavailable"
        assert client.get("/boards/tokens-30d/").status_code == 200


class TestNoRoom:
    def test_each_answer_is_written_down_or_tells_nothing(self, client):
        refused = {"get": set(), "head": set()}
        with FULL[connection.vendor]():
            for number in range(MOST_LOOKS):
                path = BOARDS[number % len(BOARDS)]
                method = ("get", "head")[number // len(BOARDS) % 2]
                before = Entry.objects.count()
                answer = getattr(client, method)(path)
                if answer.status_code == 200:
                    assert HEADER in answer
                    assert Entry.objects.count() == before + 1
                else:
                    assert is_silent(answer)
                    assert Entry.objects.count() == before
                    refused[method].add(path)
                if all(refused[method] == set(BOARDS) for method in refused):
                    break
        assert refused == {"get": set(BOARDS), "head": set(BOARDS)}
        assert client.get("/boards/tokens-30d/").status_code == 200
