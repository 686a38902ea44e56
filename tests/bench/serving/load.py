"""A small load generator: kept-alive connections over plain sockets, one request after another."""

import socket
import threading
import time
from collections.abc import Sequence
from itertools import count

CONNECTIONS = 8


def rate(address: str, requests: Sequence[tuple[str, str]], *, seconds: float) -> float:
    """
    Return the answers a second while going through (path, session key) pairs, over and over.

    With `seconds` 0 each pair is asked once. Raises on any answer but 200.
    """
    host, _, port = address.removeprefix("http://").partition(":")
    turn, done, failures = count(), [0] * CONNECTIONS, []
    begun = time.perf_counter()

    def ask(number: int) -> None:
        try:
            with socket.create_connection((host, int(port)), timeout=60) as connection:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while _goes_on(begun, seconds, place := next(turn), len(requests)):
                    _exchange(connection, host, *requests[place % len(requests)])
                    done[number] += 1
        except (OSError, RuntimeError) as failure:
            failures.append(failure)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return sum(done) / (time.perf_counter() - begun)


def _goes_on(begun: float, seconds: float, place: int, length: int) -> bool:
    return time.perf_counter() - begun < seconds if seconds else place < length


def _exchange(connection: socket.socket, host: str, path: str, session: str) -> None:
    connection.sendall(
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: sessionid={session}\r\n\r\n".encode()
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += _received(connection)
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.splitlines()[0].decode())
    fields = (line.partition(b":") for line in head.lower().splitlines()[1:])
    length = next(int(value) for name, _, value in fields if name == b"content-length")
    missing = length - len(body)
    while missing > 0:
        missing -= len(_received(connection))


def _received(connection: socket.socket) -> bytes:
    chunk = connection.recv(262_144)
    if not chunk:
        raise RuntimeError("the server closed the connection")
    return chunk
