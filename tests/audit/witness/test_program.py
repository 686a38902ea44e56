"""The witness as a program: its key, its HTTP, its death and return."""

import contextlib
import hashlib
import itertools
import json
import shutil
import socket
import stat
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import httpx2
import pytest

from apps.audit.tree import checkpoints, notes
from apps.audit.tree.notes import SigningKey, VerifyingKey
from apps.audit.witness import server as serving
from apps.audit.witness.protocol import MAX_BYTES, Submission
from apps.audit.witness.store import Store
from apps.audit.witness.watching import Witness
from tests.audit.witness.growing import KEY, ORIGIN, GrowingLog
from tests.audit.witness.machines import NAME, Machine, run, running, vkey
from tests.audit.witness.test_protocol import WITNESS

pytestmark = pytest.mark.processes
log = GrowingLog()
LOG = KEY.verifying.vkey
PAGE = f"{hashlib.sha256(ORIGIN.encode()).hexdigest()}/checkpoint"


class TestTheKey:
    def test_it_is_made_once_and_read_by_its_owner_alone(self, tmp_path):
        first = vkey(tmp_path / "new")
        assert VerifyingKey.parse(first).name == NAME
        assert vkey(tmp_path / "new") == first != vkey(tmp_path / "other")
        assert stat.S_IMODE((tmp_path / "new" / "key").stat().st_mode) == 0o600
        assert [each.name for each in (tmp_path / "new").iterdir()] == ["key"]

    def test_it_is_not_taken_under_another_name(self, tmp_path):
        vkey(tmp_path)
        refused = run(tmp_path, "--name", "other.example", "--vkey")
        assert refused.returncode == 1
        assert "another name" in refused.stderr

    @pytest.mark.parametrize("content", ["", "x", f"PRIVATE+KEY+{NAME}+00000000+BAAA"])
    def test_a_broken_one_is_not_replaced(self, tmp_path, content):
        (tmp_path / "key").write_text(content)
        refused = run(tmp_path, "--name", NAME, "--vkey")
        assert refused.returncode == 1
        assert "Restore it" in refused.stderr
        assert (tmp_path / "key").read_text() == content

    @pytest.mark.parametrize(
        "arguments", [[], ["--log", "x"], ["--log", WITNESS.verifying.vkey], ["--name", "a b"]]
    )
    def test_a_wrong_command_line_ends_with_a_sentence(self, tmp_path, arguments):
        refused = run(tmp_path, "--name", NAME, *arguments)
        assert refused.returncode in {1, 2}
        assert "Traceback" not in refused.stderr


class TestOverHttp:
    def test_it_signs_refuses_and_serves(self, tmp_path):
        with running(tmp_path, LOG) as machine:
            assert machine.get(PAGE).status_code == 404
            signed = machine.add(log.body(0, 5))
            assert signed.status_code == 200
            both = checkpoints.with_lines(log.note(5), [signed.text])
            assert notes.verified(both, machine.key).text == notes.parse(log.note(5)).text
            assert machine.get(PAGE).text == both
            conflict = machine.add(log.body(0, 8))
            assert (conflict.status_code, conflict.text) == (409, "5\n")
            assert conflict.headers["Content-Type"] == "text/x.tlog.size"
            assert machine.add(GrowingLog(fork=3).body(5, 8)).status_code == 422
            assert machine.add(b"nonsense").status_code == 400
            assert machine.get("x").status_code == machine.get(PAGE[1:]).status_code == 404
            assert machine.get(PAGE).text == both
        assert machine.process.returncode == 0
        assert [line for line in machine.lines if '"inconsistent"' in line], "no evidence is kept"

    def test_openssl_verifies_what_it_signed(self, tmp_path):
        """The message is put together here as the specification says, with nothing of ours."""
        if not shutil.which("openssl"):
            pytest.skip("no openssl here")
        with running(tmp_path, LOG) as machine:
            line = notes.parse_lines(machine.add(log.body(0, 5)).text)[0]
        moment, signature = int.from_bytes(line.signature[:8]), line.signature[8:]
        assert abs(moment - time.time()) < 60
        text = log.note(5).partition("\n\n")[0] + "\n"
        (tmp_path / "message").write_text(f"cosignature/v1\ntime {moment}\n{text}")
        (tmp_path / "signature").write_bytes(signature)
        header = bytes.fromhex("302a300506032b6570032100")
        (tmp_path / "public.der").write_bytes(header + machine.key.public)
        check = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER",
             "-inkey", "public.der", "-in", "message", "-sigfile", "signature"],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert "Verified Successfully" in check.stdout, check.stderr

    def test_a_connection_gets_one_answer_and_several_prefixes_lead_here(self, tmp_path):
        with running(tmp_path, LOG) as machine, httpx2.Client() as client:
            root = f"http://127.0.0.1:{machine.port}"
            for old, size, prefix in [(0, 5, ""), (5, 8, "/a"), (8, 9, "/a/b")]:
                answer = client.post(f"{root}{prefix}/add-checkpoint", content=log.body(old, size))
                assert (answer.status_code, answer.headers["Connection"]) == (200, "close")
            assert client.post(f"{root}/other", content=b"x").status_code == 404


class TestEvidence:
    def test_it_is_kept_once_a_minute_and_the_proof_whatever_others_send(self, tmp_path):
        stranger = SigningKey.from_seed("stranger.example", b"S" * 32)
        invented = Submission(5, (b"x" * 32,), checkpoints.with_lines(
            log.note(9), [stranger.line(notes.parse(log.note(9)).text)]))  # fmt: skip
        fork = GrowingLog(fork=3)
        with running(tmp_path, LOG) as machine:
            machine.add(log.body(0, 5))
            for _ in range(5):
                assert machine.add(invented.body).status_code == 422
                assert machine.add(fork.body(5, 5)).status_code == 422
        told = [json.loads(line) for line in machine.lines if '"inconsistent"' in line]
        assert [line["is_proof"] for line in told] == [False, True]
        assert told[0]["request"] == Submission(5, (b"x" * 32,), log.note(9)).body.decode()
        assert told[1]["request"] == fork.body(5, 5).decode()


class TestDeathAndReturn:
    def test_what_was_acknowledged_before_a_kill_is_known_after_it(self, tmp_path):
        acknowledged = 0
        for life in range(3):
            with running(tmp_path, LOG) as machine:
                acknowledged = self.grow_until_death(machine, after=0.003 * life)
        with running(tmp_path, LOG) as machine:
            page = machine.get(PAGE).text
            head = checkpoints.parse(notes.parse(page).text)
            # The last request may have been stored and never answered.
            assert acknowledged <= head.size <= acknowledged + 1
            assert head.root == log.root(head.size)
            notes.verified(page, machine.key)
            assert machine.add(log.body(head.size - 1, head.size)).status_code == 409

    def grow_until_death(self, machine, *, after):
        """Grow until the witness is killed, some seconds after its fifth answer."""
        known = machine.add(log.body(0, 1))
        size = int(known.text) if known.status_code == 409 else 1
        killer = threading.Timer(after, machine.process.kill)
        with contextlib.suppress(httpx2.TransportError):
            for answers in itertools.count(1):
                if answers == 5:
                    killer.start()
                assert machine.add(log.body(size, size + 1)).status_code == 200
                size += 1
        killer.join()
        return size

    def test_a_store_that_cannot_be_written_signs_nothing(self, tmp_path):
        with running(tmp_path, LOG) as machine:
            machine.add(log.body(0, 5))
            other = Store(tmp_path / "witness.sqlite3")
            other._connection.execute("DROP TABLE newest")
            other.close()
            answer = machine.add(log.body(5, 8))
            assert answer.status_code == 500
            assert "\u2014" not in answer.text


@dataclass
class Crowd:
    """Fifty submitters of different sizes, and a reader of what is served meanwhile."""

    machine: Machine
    signed: list = field(default_factory=list)
    seen: list = field(default_factory=list)
    done: threading.Event = field(default_factory=threading.Event)

    def served(self):
        return checkpoints.parse(notes.parse(self.machine.get(PAGE).text).text).size

    def submit(self, number):
        old = 0
        for step in range(1, 4):
            size = old + 1 + (number * 7 + step) % 40
            began = time.monotonic()
            answer = self.machine.add(log.body(old, size))
            if answer.status_code == 200:
                self.signed.append((began, time.monotonic(), old, size))
                old = size
            else:
                assert answer.status_code == 409
                old = int(answer.text)

    def watch(self):
        while not self.done.is_set():
            if self.signed:
                self.seen.append(self.served())

    def run(self):
        watcher = threading.Thread(target=self.watch)
        watcher.start()
        with ThreadPoolExecutor(50) as pool:
            list(pool.map(self.submit, range(50)))
        self.done.set()
        watcher.join()


class TestTheCrowd:
    def test_fifty_at_once_never_roll_back(self, tmp_path):
        log.root(400)
        with running(tmp_path, LOG) as machine:
            crowd = Crowd(machine)
            crowd.run()
            last = crowd.served()
        assert len(crowd.signed) > 3
        assert crowd.seen == sorted(crowd.seen), "what is served went back"
        # From each size the log went on in one way only, up to what is served last.
        steps = sorted((old, size) for _, _, old, size in crowd.signed)
        assert [size for _, size in steps] == [old for old, _ in steps[1:]] + [last]
        for _, ended, _, size in crowd.signed:
            assert all(size <= later for began, _, _, later in crowd.signed if began > ended)


class TestBounds:
    @pytest.fixture
    def port(self, tmp_path, monkeypatch):
        monkeypatch.setattr(serving, "_SECONDS_PER_CONNECTION", 0.5)
        store = Store(tmp_path / "witness.sqlite3")
        witness = Witness(WITNESS, store, {ORIGIN: [KEY.verifying]})
        with serving.Server(("127.0.0.1", 0), witness) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,))
            thread.start()
            yield server.server_address[1]
            server.shutdown()
            thread.join()
        store.close()

    def said(self, port, *pieces, pause=0.0):
        """Return all that comes back for these pieces until the connection ends."""
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            for piece in pieces:
                try:
                    connection.sendall(piece)
                except OSError:
                    break
                time.sleep(pause)
            received = b""
            try:
                while chunk := connection.recv(4096):
                    received += chunk
            except ConnectionError:
                pass
            return received

    def test_a_request_that_is_too_large_or_of_no_length_is_not_read(self, port):
        head = b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n"
        large = head + f"Content-Length: {MAX_BYTES + 1}\r\n\r\n".encode()
        assert b" 413 " in self.said(port, large)
        assert b" 411 " in self.said(port, head + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        assert b" 411 " in self.said(port, head + b"Content-Length: -5\r\n\r\n")

    def test_a_sender_that_drips_is_cut_off(self, port):
        began = time.monotonic()
        drops = [b"POST /add-checkpoint HTTP/1.1\r\n", *[b"X-A: b\r\n"] * 30]
        assert self.said(port, *drops, pause=0.1) == b""
        body = b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 500\r\n\r\n"
        assert b" 200 " not in self.said(port, body, *[b"x"] * 30, pause=0.1)
        assert time.monotonic() - began < 9

    def test_nobody_keeps_a_place_by_asking_on(self, port):
        asked = b"GET /x HTTP/1.1\r\nHost: w\r\nConnection: keep-alive\r\n\r\n"
        began = time.monotonic()
        assert self.said(port, *[asked] * 20, pause=0.05).count(b"HTTP/1.1 404") == 1
        assert time.monotonic() - began < 2

    def test_others_are_served_meanwhile(self, port):
        idle = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(80)]
        asked = b"GET /x HTTP/1.1\r\nHost: w\r\nConnection: close\r\n\r\n"
        assert b" 404 " in self.said(port, asked)
        for each in idle:
            each.close()
