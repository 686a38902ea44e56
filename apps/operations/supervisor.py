"""
Keeps the processes of an embedded installation together: they live and die as one.

Each child leads a process group of its own. When the supervisor is told to
stop, or when a child dies, all groups are asked to end and, after a grace
period, made to. Should the supervisor itself be killed, the kernel tells the
children (on Linux).
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence

GRACE_SECONDS = 8.0
_TICK_SECONDS = 0.1
_PR_SET_PDEATHSIG = 1


def run(
    commands: Sequence[Sequence[str]],
    *,
    environment: Mapping[str, str],
    is_live: Callable[[], bool],
    announce: Callable[[], None],
) -> int:
    """
    Run the commands until SIGTERM or SIGINT (0) or until one of them ends (1).

    `announce` is called once, when `is_live` first says yes. No child is left behind.
    """
    told_to_stop: list[int] = []
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda number, _frame: told_to_stop.append(number))
    children: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            # One by one: those that started are ended even if the next one fails to.
            children += [_started(command, environment)]
        announced = False
        while not told_to_stop:
            if any(child.poll() is not None for child in children):
                return 1
            if not announced and is_live():
                announced = True
                announce()
            time.sleep(_TICK_SECONDS)
        return 0
    finally:
        _end(children)


def _started(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own commands, no shell
        list(command),
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
    )


def _die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent dies, even by kill -9 (see prctl(2))."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _end(children: Sequence[subprocess.Popen[bytes]]) -> None:
    """End all children: first the leaders, kindly; then what is left of their groups."""
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + GRACE_SECONDS
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=max(0.0, deadline - time.monotonic()))
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
