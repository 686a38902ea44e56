"""
OTLP 1.x, logs and metrics, in protobuf and in JSON: what coding tools say of their work.

One walk reads both encodings. Events of Claude Code, Codex and Gemini CLI become
usage events; counters of Claude Code and Gemini CLI and the general token
histogram become points. Everything else that a sender may send is left out and
counted; attributes with content are dropped unread and counted.

Numbers of lines are places in the request, from 1: of log records, or of points.
"""

from collections.abc import Iterator

from apps.usage.formats import Reported
from apps.usage.formats.otlp import logs, metrics
from apps.usage.formats.otlp.attributes import Tally
from apps.usage.formats.otlp.decoding import Encoding, decoded_logs, decoded_metrics
from apps.usage.formats.otlp.room import Hold

__all__ = ["Encoding", "Tally", "read_logs", "read_metrics"]


def read_logs(
    body: bytes,
    *,
    encoding: Encoding,
    tally: Tally | None = None,
    part: int = 0,
    hold: Hold | None = None,
) -> Iterator[Reported]:
    """
    Return the usage in a request to `/v1/logs`; raises Unreadable before anything is yielded.

    `hold` is told about how many bytes of memory the message will take, before it is
    decoded, and may raise. `tally` is told at once how many records and groups of
    them there are, and as the walk goes what is left out.
    """
    request, reader = decoded_logs(body, encoding, hold)
    tally = tally or Tally()
    tally.records, tally.groups = logs.size(request)
    return logs.read(request, reader, tally=tally, part=part)


def read_metrics(
    body: bytes,
    *,
    encoding: Encoding,
    tally: Tally | None = None,
    part: int = 0,
    hold: Hold | None = None,
) -> Iterator[Reported]:
    """Return the points in a request to `/v1/metrics`, as `read_logs` does."""
    request, reader = decoded_metrics(body, encoding, hold)
    tally = tally or Tally()
    tally.records, tally.groups = metrics.size(request, reader)
    return metrics.read(request, reader, tally=tally, part=part)
