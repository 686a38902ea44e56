"""
The walk over metrics: points of known counters, told apart by series; all others are left.

A series is everything that its sender says of it but content: the resource, the
library, the metric, the point's attributes. It is handed on as a hash.
"""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Any

import msgspec

from apps.usage.formats import (
    MAX_COST_MICROS,
    MAX_TOKENS,
    REPORTED_COST,
    CumulativePoint,
    DeltaPoint,
    Dropped,
    Rejected,
)
from apps.usage.formats.otlp import claude_code, gemini_cli, genai
from apps.usage.formats.otlp.attributes import (
    Origin,
    Tally,
    Values,
    all_but_content,
    canonical,
    count_content,
    origin,
)
from apps.usage.formats.otlp.claims import claim
from apps.usage.formats.otlp.decoding import Reader
from apps.usage.formats.otlp.producers import PREFIXES, Meter, native, tool_of
from apps.usage.formats.otlp.quantities import Unfit, name, nanoseconds, required_name, scaled

_METERS: dict[str, Meter] = {**claude_code.METERS, **gemini_cli.METERS, **genai.METERS}
_DELTA, _CUMULATIVE = 1, 2
_NO_RECORDED_VALUE = 1


class Series(msgspec.Struct, gc=False):
    """A metric within its resource and library, and what all of its points share."""

    meter: Meter
    begun: blake2b
    source: Origin
    kind: str
    temporality: int
    is_monotonic: bool


class Place(msgspec.Struct, gc=False):
    """Where the walk is: counts lines, and remembers what it met in the request."""

    reader: Reader
    tally: Tally
    part: int
    line: int = 0
    met: dict[tuple[str, int, int], int] = {}


def read(
    request: Any, reader: Reader, *, tally: Tally, part: int = 0
) -> Iterator[DeltaPoint | CumulativePoint | Dropped | Rejected]:
    """Yield the points in a request with metrics; a point's number is its place, from 1."""
    place = Place(reader, tally, part)
    for group in request.resource_metrics or ():
        source = origin(group.resource, reader, tally)
        scopes = group.scope_metrics or ()
        is_native = _is_native(source, scopes)
        of_resource = _begun_resource(source)
        for scoped in scopes:
            begun = _begun(of_resource, scoped.scope, reader, tally)
            for metric in scoped.metrics or ():
                yield from _metric(metric, source, begun, place, is_native=is_native)
    if tally.dropped:
        yield Dropped(tally.dropped)


def size(request: Any, reader: Reader) -> tuple[int, int]:
    """Return how many points a request has, and how many groups they may be in."""
    points = groups = 0
    for group in request.resource_metrics or ():
        groups += 1
        for scoped in group.scope_metrics or ():
            metrics = scoped.metrics or ()
            groups += 1 + len(metrics)
            for metric in metrics:
                kind = reader.kind_of(metric)
                if kind is not None:
                    points += len(getattr(metric, kind).data_points or ())
    return points, groups


def _is_native(source: Origin, scopes: Any) -> bool:
    """Tell whether the resource's producer counts its tokens under names of its own."""
    if native(source.service, ""):
        return True
    return any(
        native("", (scoped.scope and scoped.scope.name) or "")
        or any((metric.name or "").startswith(PREFIXES) for metric in scoped.metrics or ())
        for scoped in scopes
    )


def _begun_resource(source: Origin) -> blake2b:
    """Return the hash of all series of a resource, begun: it may be long, its libraries many."""
    return blake2b(_bytes(f"({source.text!r}, "), digest_size=16)


def _begun(of_resource: blake2b, scope: Any, reader: Reader, tally: Tally) -> blake2b:
    """Return the hash of all series of a library within a resource, begun."""
    library, version, given = "", "", ()
    if scope:
        library, version, given = scope.name or "", scope.version or "", scope.attributes or ()
    values = canonical(all_but_content(given, reader.plain, tally))
    begun = of_resource.copy()
    begun.update(_bytes(f"{library!r}, {version!r}, {values!r})"))
    return begun


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _metric(
    metric: Any, source: Origin, begun: blake2b, place: Place, *, is_native: bool
) -> Iterator[DeltaPoint | CumulativePoint | Rejected]:
    kind = place.reader.kind_of(metric)
    if kind is None:
        return
    data = getattr(metric, kind)
    points = data.data_points or ()
    called = metric.name or ""
    meter = _METERS.get(called)
    if meter is None or (called == genai.METRIC and is_native):
        for point in points:
            count_content(point.attributes or (), place.tally)
        place.tally.ignored += len(points)
        place.line += len(points)
        return
    counter = kind in {"sum", "histogram"}
    own = begun.copy()
    own.update(_bytes("\x00" + called))
    series = Series(
        meter,
        own,
        source,
        kind,
        place.reader.temporality_of(data) if counter else 0,
        kind == "histogram" or (kind == "sum" and bool(data.is_monotonic)),
    )
    yield from _points(points, series, place)


def _points(
    points: Any, series: Series, place: Place
) -> Iterator[DeltaPoint | CumulativePoint | Rejected]:
    plain, tally = place.reader.plain, place.tally
    contained = _contained(points, series, place.reader)
    for point in points:
        place.line += 1
        values = all_but_content(point.attributes or (), plain, tally)
        try:
            found = _point(point, values, series, place, contained)
        except (ValueError, OverflowError) as error:
            unfit = error if isinstance(error, Unfit) else Unfit("invalid_value")
            yield Rejected(place.line, unfit.code, unfit.detail, place.part)
            continue
        if found is None:
            tally.ignored += 1
        else:
            yield found


Contained = dict[tuple[str, Any], Any]


def _contained(points: Any, series: Series, reader: Reader) -> Contained:
    """Return the values that are contained in those of sibling points, by sibling and time."""
    if series.meter.less is None:
        return {}
    attribute, whole, contained = series.meter.less
    found: Contained = {}
    uncounted = Tally()
    for point in points:
        values = all_but_content(point.attributes or (), reader.plain, uncounted)
        if values.get(attribute) == contained:
            sibling = canonical({**values, attribute: whole})
            try:
                found[sibling, int(point.time_unix_nano or 0)] = reader.number_of(
                    point, series.kind
                )
            except (ValueError, OverflowError):
                continue
    return found


def _point(
    point: Any, values: Values, series: Series, place: Place, contained: Contained
) -> DeltaPoint | CumulativePoint | None:
    meter = series.meter
    if series.kind != meter.kind or not series.is_monotonic:
        raise Unfit("not_a_counter")
    if series.temporality not in {_DELTA, _CUMULATIVE}:
        raise Unfit("unknown_temporality")
    if int(point.flags or 0) & _NO_RECORDED_VALUE:
        return None
    measure = meter.measure(values)
    if measure is None:
        return None
    text = canonical(values)
    time = nanoseconds(point.time_unix_nano, required=True)
    value = _value(point, series, measure, place.reader)
    if meter.less is not None and values.get(meter.less[0]) == meter.less[1]:
        value = _without(value, contained.get((text, time)))
    state = series.begun.copy()
    state.update(_bytes("\x00" + text))
    return _assembled(measure, value, values, series, (point, time, state.hexdigest(), place))


def _value(point: Any, series: Series, measure: str, reader: Reader) -> int:
    told = reader.number_of(point, series.kind)
    if told is None:
        raise Unfit("missing_field")
    # A counter that is read as it stands may have come further than one record may tell.
    bounded = measure == REPORTED_COST and series.temporality == _DELTA
    most = MAX_COST_MICROS if bounded else MAX_TOKENS
    return scaled(told, series.meter.scale, most=most)


def _without(value: int, contained: Any) -> int:
    """Return the value without what it contains; the sender always tells both at once."""
    if contained is None:
        raise Unfit("missing_cache_point")
    part = scaled(contained, 1)
    if part > value:
        raise Unfit("inconsistent_counts")
    return value - part


def _assembled(
    measure: str,
    value: int,
    values: Values,
    series: Series,
    where: tuple[Any, int, str, Place],
) -> DeltaPoint | CumulativePoint:
    point, time, digest, place = where
    start = nanoseconds(point.start_time_unix_nano)
    if place.met.setdefault((digest, start, time), value) != value:
        raise Unfit("conflicting_points")
    meter, shared = series.meter, series.source.values
    tool, provider, model = meter.tool, meter.provider, values.get("model")
    if meter.kind == "histogram":
        tool = tool_of(series.source.service)
        provider, model = genai.provider_of(values), genai.model_of(values)
    identity, identity_kind = claim(values, shared)
    kind = DeltaPoint if series.temporality == _DELTA else CumulativePoint
    return kind(
        place.line,
        digest,
        start,
        time,
        measure,
        value,
        required_name(model, longest=120) if meter.needs_model else "",
        identity,
        identity_kind,
        tool,
        provider,
        name(values.get("session.id") or shared.get("session.id"), longest=200),
        name(values.get("app.entrypoint") or shared.get("app.entrypoint"), longest=60),
        name(values.get("app.version") or shared.get("service.version"), longest=40),
        False,  # noqa: FBT003
        place.part,
    )
