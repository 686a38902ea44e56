"""
A vendor on loopback: its rows by day, its pages, and what goes wrong by script.

`faults` says what goes wrong at which request (counted from 1). Cursors are the
vendor's own and may be forgotten. Everything that was asked for is kept.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "sk-ant-admin01-NEVER-IN-THE-CLEAR-123"


@dataclass
class Answer:
    """What a request is answered with."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    delay: float = 0.0


def as_json(value: Any, status: int = 200, **headers: str) -> Answer:
    return Answer(json.dumps(value).encode(), status, headers)


FAULTS = {
    "throttle": as_json({"error": "slow down"}, 429, **{"Retry-After": "7"}),
    "throttle long": as_json({"error": "slow down"}, 429, **{"Retry-After": "900"}),
    "gone": as_json({"error": "cursor expired"}, 410),
    "bad cursor": as_json({"error": "no such page"}, 400),
    "error": as_json({"error": KEY}, 500),
    "refused": as_json({"error": f"invalid x-api-key {KEY}"}, 401),
    "forbidden": as_json({"error": "no"}, 403),
    "nowhere": as_json({"error": "no"}, 404),
    "elsewhere": Answer(b"", 302, {"Location": "https://elsewhere.example/"}),
    "html": Answer(b"<html><body>Sign in, dana@corp.example</body></html>"),
    "truncated": Answer(b'{"data": [{"actor": {"email_address": "dana@corp.exa'),
    "broken off": Answer(b'{"data": []', length=4_000),
    "hang": Answer(b"", delay=3.0),
    "none yet": Answer(b"", 204),
}


@dataclass
class Asked:
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


class Stub:
    """The server; subclasses answer `page`."""

    key_header = "x-api-key"
    key = KEY

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self.faults: dict[int, str] = {}
        self.always = ""
        self.rows_per_page = 2
        self.asked: list[Asked] = []
        self.forgotten: set[str] = set()
        self.address = ""

    def page(self, asked: Asked) -> Answer:
        raise NotImplementedError

    def answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        fault = self.faults.pop(len(self.asked), self.always)
        if fault:
            return FAULTS[fault]
        if asked.headers.get(self.key_header) != self.key and "/files/" not in asked.path:
            return FAULTS["refused"]
        return self.page(asked)

    def cut(self, day: str, cursor: str | None) -> tuple[list[dict[str, Any]], str | None]:
        """Return the rows behind a cursor, and the cursor of those behind them."""
        start = int(cursor.rpartition("-")[2]) if cursor else 0
        end = start + self.rows_per_page
        rows = self.rows.get(day, [])
        return rows[start:end], f"page-{day}-{end}" if end < len(rows) else None

    @contextmanager
    def running(self) -> Iterator["Stub"]:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                found = stub.answer(Asked(parts.path, parse_qs(parts.query), headers))
                time.sleep(found.delay)
                try:
                    self.send_response(found.status)
                    for name, value in found.headers.items():
                        self.send_header(name, value)
                    size = len(found.body) if found.length is None else found.length
                    if found.status != 204:
                        self.send_header("Content-Length", str(size))
                    self.send_header("Connection", "close")
                    self.end_headers()
                    self.wfile.write(found.body)
                except OSError:
                    pass
                self.close_connection = True

            def log_message(self, *_: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        self.address = f"http://127.0.0.1:{server.server_port}"
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()


class Anthropic(Stub):
    """Both of its reports: rows in pages, cursors that may be forgotten."""

    def page(self, asked: Asked) -> Answer:
        day = asked.query["starting_at"][0][:10]
        cursor = asked.query.get("page", [None])[0]
        if cursor in self.forgotten:
            return FAULTS["gone"]
        rows, following = self.cut(day, cursor)
        return as_json(
            {
                "data": rows,
                "has_more": following is not None,
                "next_page": following,
                "organization_id": "org-1",
            }
        )


class OpenAI(Stub):
    """One bucket a day."""

    key_header = "authorization"
    key = f"Bearer {KEY}"

    def page(self, asked: Asked) -> Answer:
        start = int(asked.query["start_time"][0])
        day = time.strftime("%Y-%m-%d", time.gmtime(start))
        rows, following = self.cut(day, asked.query.get("page", [None])[0])
        bucket = {"start_time": start, "end_time": start + 86_400, "results": rows}
        return as_json(
            {
                "object": "page",
                "data": [bucket],
                "has_more": following is not None,
                "next_page": following,
            }
        )


class LiteLLM(Stub):
    """Database rows (key, user, model, counts), cut in pages and summed within each."""

    key_header = "authorization"
    key = f"Bearer {KEY}"
    widened_by: tuple[str, ...] = ()

    def page(self, asked: Asked) -> Answer:
        days = sorted({asked.query["start_date"][0], *self.widened_by})
        number = int(asked.query["page"][0])
        every = [(day, row) for day in days for row in self.rows.get(day, [])]
        start = (number - 1) * self.rows_per_page
        mine = every[start : start + self.rows_per_page]
        total = max(-(-len(every) // self.rows_per_page), 1)
        results = [self._day(day, [r for d, r in mine if d == day]) for day in days]
        return as_json(
            {
                "results": [each for each in results if each],
                "metadata": {"page": number, "total_pages": total, "has_more": number < total},
            }
        )

    def _day(self, day: str, rows: list[dict[str, Any]]) -> dict[str, Any] | None:
        models: dict[str, Any] = {}
        for row in rows:
            of_model = models.setdefault(row["model"], {"metrics": {}, "api_key_breakdown": {}})
            of_key = of_model["api_key_breakdown"].setdefault(
                row["api_key"], {"metrics": {}, "metadata": {"user_id": row["user"]}}
            )
            for sums in (of_model["metrics"], of_key["metrics"]):
                for name in ("prompt_tokens", "completion_tokens", "api_requests"):
                    sums[name] = sums.get(name, 0) + row.get(name, 0)
        if not models:
            return None
        return {"date": day, "metrics": {}, "breakdown": {"models": models}}


class Copilot(Stub):
    """Links to files; the files ask for no key."""

    key_header = "authorization"
    key = f"Bearer {KEY}"
    link_base = ""

    def page(self, asked: Asked) -> Answer:
        if asked.path.startswith("/files/"):
            day, number = asked.path.split("/")[2:4]
            start = int(number) * self.rows_per_page
            rows = self.rows[day][start : start + self.rows_per_page]
            return Answer(b"".join(json.dumps(row).encode() + b"\n" for row in rows))
        day = asked.query["day"][0]
        if day not in self.rows:
            return FAULTS["none yet"]
        count = -(-len(self.rows[day]) // self.rows_per_page)
        base = self.link_base or self.address
        links = [f"{base}/files/{day}/{number}?signature=s3cret" for number in range(count)]
        return as_json({"download_links": links, "report_day": day})
