"""
What is fuzzed: every reader, and what must hold.

For any input a reader yields, or raises Invalid with a code; each refusal has a
code and a sentence; no count is negative; no input of 64 KiB takes longer than
`SLOW` seconds.
"""

import time
from collections.abc import Callable, Iterable
from functools import partial
from io import BufferedReader, BytesIO

from apps.common.errors import Invalid
from apps.usage.formats import BUCKETS, Dropped, Rejected, Reported, otlp
from apps.usage.formats.csv_mapping import read_mapping
from apps.usage.formats.registry import READERS, Options, read
from apps.usage.formats.telling import told_format
from tests.usage.spend import MAPPING

SLOW = 2.0
OPTIONS = Options("desk", read_mapping(MAPPING.encode()))

Target = Callable[[bytes], Iterable[Reported]]


def _read(form: str, text: bytes) -> Iterable[Reported]:
    return read(BufferedReader(BytesIO(text)), form, OPTIONS)


def _telling(text: bytes) -> Iterable[Reported]:
    assert told_format(text, is_whole=True) in {*READERS, None}
    assert told_format(text, is_whole=False) in {*READERS, None}
    return ()


def _mapping(text: bytes) -> Iterable[Reported]:
    read_mapping(text)
    return ()


TARGETS: dict[str, Target] = {
    **{form: partial(_read, form) for form in READERS},
    "csv-mapping": _mapping,
    "telling": _telling,
    **{
        f"otlp-{signal}-{encoding.name.lower()}": partial(reader, encoding=encoding)
        for signal, reader in (("logs", otlp.read_logs), ("metrics", otlp.read_metrics))
        for encoding in otlp.Encoding
    },
}


def check(name: str, text: bytes) -> None:
    """Read an input and raise AssertionError if anything is not as it must be."""
    began = time.process_time()
    try:
        for each in TARGETS[name](text):
            _check_one(each)
    except Invalid as refusal:
        assert refusal.code, "a refusal without a code"
        assert refusal.detail, "a refusal without a sentence"
    assert time.process_time() - began < SLOW, "too slow"


def _check_one(each: Reported) -> None:
    if isinstance(each, Rejected):
        assert each.code, "a refusal without a code"
        assert each.detail, "a refusal without a sentence"
    elif isinstance(each, Dropped):
        assert each.count > 0, "nothing was dropped"
    elif hasattr(each, "uncached_input_tokens"):
        assert min(getattr(each, bucket) for bucket in BUCKETS) >= 0, "a negative count"
