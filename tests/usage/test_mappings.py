"""Properties of the mappings: exclusive buckets, no more and no less than the vendor's whole."""

import json
from io import BufferedReader, BytesIO

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from apps.common.errors import Invalid
from apps.usage.formats import BUCKETS, Dropped, Rejected, Unreadable, codex, litellm
from apps.usage.formats.ccusage import read_page as read_ccusage
from apps.usage.formats.csv_mapping import read_mapping
from apps.usage.formats.documents import elements
from apps.usage.formats.litellm import Prompt, uncached_of
from apps.usage.formats.registry import READERS, Options, read
from apps.usage.formats.telling import told_format
from tests.usage.codex import Transcript, meta, turn, uuid7
from tests.usage.golden import GOLDEN, MAPPING
from tests.usage.litellm import cached, row, rows
from tests.usage.test_ccusage import model, report
from tests.usage.test_ccusage import row as ccusage_row

COUNT = st.integers(0, 10**7)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
OPTIONS = Options("desk", read_mapping(MAPPING.encode()))


def parts(found):
    return [getattr(found, name) for name in BUCKETS]


def checked(found):
    """What a reader yields, each looked at: a refusal has a code, no count is below 0."""
    for each in found:
        if isinstance(each, Rejected):
            assert each.code
            assert each.detail
        elif hasattr(each, "uncached_input_tokens"):
            assert min(parts(each)) >= 0
        yield each


@given(st.lists(st.tuples(COUNT, COUNT, COUNT, COUNT), max_size=5))
def test_codex_adds_up_to_input_and_output(requests):
    transcript = Transcript(meta(0, uuid7(0)), turn(1, uuid7(1)))
    for place, (uncached, read_, output, reasoning) in enumerate(requests):
        transcript.count(5 + place, uncached + read_, read_, output + reasoning, reasoning)
    found = [sum(parts(each)) for each in codex.read(transcript.text)]
    assert sum(found) == sum(map(sum, requests))


@given(uncached=COUNT, read_=COUNT, written=COUNT, output=COUNT, kind=st.sampled_from("abc"))
def test_litellm_finds_what_was_new_where_the_total_tells(uncached, read_, written, output, kind):
    whole = uncached + read_ + written
    prompt = {"a": whole, "b": uncached + read_, "c": uncached}[kind]
    usage = cached(read_, written, prompt_tokens=whole, total_tokens=whole + output)
    # Two readings fit the same figures where one part equals the sum of others.
    assume(kind != "c" or whole - prompt != written or not read_)
    assume(kind == "a" or read_ != written)
    told = row(
        prompt_tokens=prompt,
        completion_tokens=output,
        total_tokens=whole + output,
        metadata={"usage_object": usage},
    )
    (found,) = litellm.read(rows(told))
    assert sum(parts(found)) == whole + output
    assert found.uncached_input_tokens == uncached


@given(COUNT, COUNT, st.none() | COUNT, COUNT, COUNT, st.none() | COUNT, st.none() | COUNT)
def test_litellm_is_never_negative(prompt, output, total, read_, written, whole, text):
    usage = litellm.UsageObject(
        prompt_tokens=whole, prompt_tokens_details=litellm.Details(text_tokens=text)
    )
    found = uncached_of(Prompt(prompt, output, total, read_, written), usage)
    assert 0 <= found <= prompt


@given(st.lists(st.tuples(COUNT, COUNT, COUNT, COUNT), min_size=1, max_size=5))
def test_ccusage_states_each_token_once(models):
    told = [model(f"m-{place}", *counts) for place, counts in enumerate(models)]
    found = list(checked(read_ccusage(report(ccusage_row("claude", *told)))))
    assert sum(sum(parts(each)) for each in found) == sum(map(sum, models))


@given(uncached=COUNT, read_=COUNT, output=COUNT)
def test_csv_splits_an_input_that_includes_the_cache(uncached, read_, output):
    assume(uncached + read_ + output)
    lines = f"Day,User,Model,In,Cached,Out\n2026-10-01,d,m,{uncached + read_},{read_},{output}\n"
    (found,) = read(stream(lines.encode()), "csv", OPTIONS)
    assert parts(found) == [uncached, read_, 0, 0, output]


def stream(text):
    return BufferedReader(BytesIO(text))


def changed(value, change):
    """A value with one thing somewhere in it put in another's place."""
    if isinstance(value, dict) and value:
        name = sorted(value)[change[0] % len(value)]
        return {**value, name: changed(value[name], change[1:])} if len(change) > 2 else {
            **value, name: change[-1]
        }  # fmt: skip
    if isinstance(value, list) and value:
        return [changed(value[0], change), *value[1:]]
    return change[-1]


DOCUMENTS = [each for each in GOLDEN if each.form != "csv"]


@pytest.mark.parametrize("golden", DOCUMENTS, ids=lambda each: each.form)
@settings(max_examples=40, deadline=None)
@given(places=st.lists(st.integers(0, 50), min_size=1, max_size=6), value=JSON)
def test_any_value_in_any_field_is_counted_or_refused(golden, places, value):
    texts = [golden.text] if golden.text[-1:] != b"\n" else golden.text.splitlines()
    lines = [json.dumps(changed(json.loads(text), [*places, value])).encode() for text in texts]
    found = read(stream(b"\n".join(lines)), golden.form, OPTIONS)
    try:
        assert all(each is not None for each in checked(found))
    except Invalid as refusal:
        assert refusal.code


@pytest.mark.parametrize("form", list(READERS))
@settings(max_examples=60, deadline=None)
@given(text=st.binary(max_size=200) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_counted_or_refused(form, text):
    told_format(text, is_whole=True)
    told_format(text, is_whole=False)
    try:
        assert all(each is not None for each in checked(read(stream(text), form, OPTIONS)))
    except Unreadable as refusal:
        assert refusal.code


@settings(max_examples=300)
@given(value=st.lists(JSON, max_size=6), size=st.integers(1, 9), indent=st.none() | st.just(1))
def test_an_array_is_cut_into_its_elements_however_it_comes(value, size, indent):
    text = b"\xef\xbb\xbf \n" + json.dumps(value, indent=indent).encode() + b"\n"
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    # The mark at the beginning is known only in one piece.
    pieces = [b"".join(pieces[:6]), *pieces[6:]]
    found = [json.loads(each.text) for each in elements(pieces)]
    assert json.dumps(found) == json.dumps(value)
    with pytest.raises(Unreadable):
        list(elements([text.rstrip()[:-1]]))


def test_what_is_dropped_is_told_once_for_a_file():
    golden = next(each for each in GOLDEN if each.form == "litellm")
    found = list(read(stream(golden.text), "litellm", OPTIONS))
    assert [each for each in found if isinstance(each, Dropped)] == [Dropped(8)]
