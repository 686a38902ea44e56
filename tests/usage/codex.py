"""Codex transcripts for tests, invented in the shape that the tool writes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

BEGAN = datetime(2026, 10, 1, 10, 0, tzinfo=UTC)
MODEL = "gpt-5.5"


def at(seconds: float) -> str:
    """A moment so many seconds after the first session began."""
    return (BEGAN + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def uuid7(seconds: float, tail: int = 1) -> str:
    """An identifier that was made so many seconds after the first session began."""
    milliseconds = round((BEGAN + timedelta(seconds=seconds)).timestamp() * 1000)
    return str(UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62 | tail))


def line(seconds: float, kind: str, **payload: Any) -> dict[str, Any]:
    return {"timestamp": at(seconds), "type": kind, "payload": payload}


def meta(seconds: float, session: str, **given: Any) -> dict[str, Any]:
    return line(
        seconds,
        "session_meta",
        id=session,
        timestamp=at(seconds),
        cwd="/home/dana/project",
        originator="codex_cli_rs",
        cli_version="0.145.0",
        **given,
    )


def turn(seconds: float, turn_id: str | None = None, model: str = MODEL) -> dict[str, Any]:
    return line(seconds, "turn_context", turn_id=turn_id, model=model, effort="high")


def usage(read: int, cached: int, output: int, reasoning: int = 0) -> dict[str, int]:
    return {
        "input_tokens": read,
        "cached_input_tokens": cached,
        "output_tokens": output,
        "reasoning_output_tokens": reasoning,
        "total_tokens": read + output,
    }


class Transcript:
    """Lines of one session, with totals that add up."""

    def __init__(self, *lines: dict[str, Any]) -> None:
        self.lines = list(lines)
        self.totals = [0, 0, 0, 0]

    def count(self, seconds: float, *counts: int) -> "Transcript":
        """A request of so many tokens: input, of it cached, output, of it reasoning."""
        counts = (*counts, *[0] * (4 - len(counts)))
        self.totals = [a + b for a, b in zip(self.totals, counts, strict=True)]
        info = {
            "total_token_usage": usage(*self.totals),
            "last_token_usage": usage(*counts),
            "model_context_window": 272_000,
        }
        self.lines.append(line(seconds, "event_msg", type="token_count", info=info))
        return self

    def add(self, *lines: dict[str, Any]) -> "Transcript":
        self.lines.extend(lines)
        return self

    def again(self, seconds: float) -> "Transcript":
        """The last count told once more, as after a change of limits."""
        self.lines.append({**self.lines[-1], "timestamp": at(seconds)})
        return self

    def fork(
        self, seconds: float, session: str, *, keeps_moments: bool = False, **given: Any
    ) -> "Transcript":
        """A session that begins with a copy of this one."""
        own = meta(seconds, session, **({"forked_from_id": "s-parent"} | given))
        copies = [
            each if keeps_moments else {**each, "timestamp": at(seconds + place / 1000)}
            for place, each in enumerate(self.lines, start=1)
        ]
        made = Transcript(own, *copies)
        made.totals = list(self.totals)
        return made

    @property
    def text(self) -> list[bytes]:
        return [json.dumps(each, separators=(",", ":")).encode() + b"\n" for each in self.lines]


def naive(*transcripts: Transcript) -> int:
    """What a program counts that adds up whatever is told as used last."""
    found = 0
    for transcript in transcripts:
        for each in transcript.lines:
            if each["payload"].get("type") == "token_count" and each["payload"]["info"]:
                found += each["payload"]["info"]["last_token_usage"]["total_tokens"]
    return found
