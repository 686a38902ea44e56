"""How vendors say for how long they want to be left alone, and how files come in pieces."""

import socket
from contextlib import closing
from datetime import UTC, datetime

import httpx2
import pytest

from apps.usage.connectors.addresses import is_public
from apps.usage.connectors.copilot import _file
from apps.usage.connectors.transport import Pace, PullFailure, _retry_after, caller_for
from tests.stubs.servers import Copilot
from tests.usage.pages import copilot_row, lines


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"Retry-After": "7"}, 7),
            ({"Retry-After": "99999999999999999999"}, 86_400),
            ({}, 10),
            ({"Retry-After": "soon"}, 10),
            ({"Retry-After": "-5"}, 10),
            (
                {
                    "Retry-After": "Fri, 20 Nov 2026 12:05:00 GMT",
                    "Date": "Fri, 20 Nov 2026 12:00:00 GMT",
                },
                300,
            ),
            (
                {
                    "Retry-After": "Fri, 20 Nov 2026 11:00:00 GMT",
                    "Date": "Fri, 20 Nov 2026 12:00:00 GMT",
                },
                1,
            ),
            ({"Retry-After": "Fri, 20 Nov 2026 12:05:00 GMT"}, 10),
        ],
    )
    def test_it_is_a_number_of_seconds_or_a_date(self, headers, seconds):
        assert _retry_after(httpx2.Response(429, headers=headers)) == seconds


@pytest.fixture
def known_as(monkeypatch):
    """Let every name lead to these numbers: no test may ask for real ones."""

    def know(*numbers):
        found = [(socket.AF_UNSPEC, 0, 0, "", (number, 0)) for number in numbers]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)

    return know


class TestLinks:
    @pytest.mark.parametrize(
        "address",
        [
            "http://files.corp.example/1",
            "https://127.0.0.1/1",
            "https://10.0.0.5/1",
            "https://8.8.8.8/1",
            "https://2130706433/1",
            "https://127.1/1",
            "https://0x7f.0x1/1",
            "https://[::1]/1",
            "https://[2001:4860:4860::8888]/1",
            "https://u:p@files.corp.example/1",
        ],
    )
    def test_they_are_https_and_no_numbers(self, known_as, address):
        known_as("8.8.8.8")
        assert not is_public(address)
        assert is_public("https://files.corp.example/1")

    @pytest.mark.parametrize(
        "number",
        [
            "127.0.0.1",
            "10.0.0.5",
            "172.16.3.4",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "::1",
            "::",
            "fe80::1%eth0",
            "fd00::1",
            "::ffff:10.0.0.5",
            "2002:a00:5::1",
            "64:ff9b::a00:5",
        ],
    )
    def test_no_name_leads_into_the_house(self, known_as, number):
        known_as("8.8.8.8", number)
        assert not is_public("https://files.corp.example/1")

    @pytest.mark.parametrize("number", ["8.8.8.8", "2606:4700::1", "64:ff9b::808:808"])
    def test_a_public_name_is_asked(self, known_as, number):
        known_as(number)
        assert is_public("https://files.corp.example/1")

    def test_the_name_of_this_machine_is_none(self):
        assert not is_public("https://localhost/1")

    def test_only_a_vendor_on_this_machine_may_link_to_it(self):
        with Copilot().running() as stub:
            stub.rows["2026-11-19"] = [copilot_row()]
            link = f"{stub.address}/files/2026-11-19/0"
            caller = caller_for({}, key_advice="", spacing=0, pace=Pace())
            with closing(caller.client):
                with pytest.raises(PullFailure) as refusal:
                    list(caller.download(link, linked_by="https://api.github.com"))
                assert (refusal.value.reason, stub.asked) == ("unsafe_link", [])
                assert b"".join(caller.download(link, linked_by=stub.address))


class TestFiles:
    AT = datetime(2026, 11, 20, tzinfo=UTC)

    @pytest.mark.parametrize("size", [1, 7, 500, 100_000])
    def test_rows_may_be_cut_anywhere(self, size):
        content = lines(*(copilot_row(f"l{n}", user_id=n) for n in range(4))).rstrip()
        chunks = (content[n : n + size] for n in range(0, len(content), size))
        assert len(list(_file(chunks, self.AT))) == 12

    def test_a_row_without_an_end_is_given_up(self):
        with pytest.raises(PullFailure):
            list(_file((b"x" * 1_000_000 for _ in range(100)), self.AT))
