"""
One's own record, laid out for a page: sums, shares, lines and charts.

Pure: it takes the rows that the gate gave and counts nothing twice. A cost that
is not known stays unknown; it is never shown as nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from apps.web import charts, figures

COLOURS = 5
OTHERS = "Other models"
# War and Peace has about 587,000 words in English, some 780,000 tokens.
_NOVEL = 780_000


# A row of the gate per day and model: `keys` (day, model), five buckets, `total_tokens`,
# `cost_micros` or None. The room that counts owns the class; nothing else of it is needed here.
Row = Any


@dataclass(frozen=True, slots=True)
class Cost:
    """Micro-dollars at list price, as far as prices are known; `unpriced` counts the models."""

    micros: int | None
    unpriced: int


@dataclass(frozen=True, slots=True)
class ModelLine:
    """One model: its tokens, its share in thousandths, the width of its bar (0 to 100)."""

    name: str
    colour: int
    total: int
    cache_read: int
    output: int
    share: int
    width: float
    cost: int | None


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day: its total, and its parts in the order of the chart's series."""

    day: date
    total: int
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bucket:
    """One kind of token: how many, the share in thousandths, its place in a bar of 100."""

    name: str
    total: int
    share: int
    start: float
    width: float
    colour: int


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that the page says about a period's tokens."""

    total: int
    fresh: int
    novels: int
    cache_share: int
    cost: Cost
    active_days: int
    days_in_period: int
    models: tuple[ModelLine, ...]
    buckets: tuple[Bucket, ...]
    series: tuple[str, ...]
    days: tuple[DayLine, ...]
    wide: charts.StackedBars
    narrow: charts.StackedBars


def laid_out(rows: Iterable[Row], *, since: date, until: date) -> Record:
    """Return the record of the days from `since` to `until`, both included."""
    kept = list(rows)
    days = [since + timedelta(days=offset) for offset in range((until - since).days + 1)]
    models = _model_lines(kept)
    series = _series(kept, models, days)
    totals = dict.fromkeys(days, 0)
    for row in kept:
        totals[_day(row)] += row.total_tokens
    cache_read = sum(row.cache_read_tokens for row in kept)
    total = sum(row.total_tokens for row in kept)
    labels = [f"{day.day} {day:%b}" for day in days]
    return Record(
        total=total,
        fresh=total - cache_read,
        novels=total // _NOVEL,
        cache_share=figures.thousandths(
            cache_read, of=total - sum(row.output_tokens for row in kept)
        ),
        cost=_cost(kept),
        active_days=sum(1 for each in totals.values() if each),
        days_in_period=len(days),
        models=models,
        buckets=_buckets(kept),
        series=tuple(each.name for each in series),
        days=tuple(
            DayLine(day, totals[day], tuple(each.values[index] for each in series))
            for index, day in enumerate(days)
        ),
        wide=charts.stacked_bars(labels, series=series, frame=charts.WIDE),
        narrow=charts.stacked_bars(labels, series=series, frame=charts.NARROW),
    )


def _day(row: Row) -> date:
    day = row.keys["day"]
    return day if isinstance(day, date) else date.fromisoformat(day)


def _cost(rows: Sequence[Row]) -> Cost:
    known = [row.cost_micros for row in rows if row.cost_micros is not None]
    unpriced = {row.keys["model"] for row in rows if row.cost_micros is None}
    return Cost(sum(known) if known else None, len(unpriced))


def _model_lines(rows: Sequence[Row]) -> tuple[ModelLine, ...]:
    by_model: dict[str, list[Row]] = {}
    for row in rows:
        by_model.setdefault(row.keys["model"], []).append(row)
    totals = {name: sum(row.total_tokens for row in each) for name, each in by_model.items()}
    ordered = sorted(totals, key=lambda name: (-totals[name], name))
    whole, largest = sum(totals.values()), max(totals.values(), default=0)
    return tuple(
        ModelLine(
            name=name,
            colour=min(place, COLOURS),
            total=totals[name],
            cache_read=sum(row.cache_read_tokens for row in by_model[name]),
            output=sum(row.output_tokens for row in by_model[name]),
            share=figures.thousandths(totals[name], of=whole),
            width=charts.share(totals[name], of=largest),
            cost=_cost(by_model[name]).micros,
        )
        for place, name in enumerate(ordered)
    )


def _series(
    rows: Sequence[Row], models: Sequence[ModelLine], days: Sequence[date]
) -> tuple[charts.Series, ...]:
    """One series for each of the largest models, one for all the others together."""
    place = {day: index for index, day in enumerate(days)}
    colour = {line.name: line.colour for line in models}
    values = [[0] * len(days) for _ in range(COLOURS + 1)]
    for row in rows:
        values[colour[row.keys["model"]]][place[_day(row)]] += row.total_tokens
    names = [line.name for line in models[:COLOURS]]
    if len(models) > COLOURS:
        names.append(OTHERS)
    return tuple(
        charts.Series(name, tuple(each)) for name, each in zip(names, values, strict=False)
    )


def _buckets(rows: Sequence[Row]) -> tuple[Bucket, ...]:
    kinds = {
        "Read from cache": sum(row.cache_read_tokens for row in rows),
        "Written to cache": sum(
            row.cache_write_5m_tokens + row.cache_write_1h_tokens for row in rows
        ),
        "New input": sum(row.uncached_input_tokens for row in rows),
        "Output": sum(row.output_tokens for row in rows),
    }
    whole = sum(kinds.values())
    buckets, before = [], 0
    for colour, (name, total) in enumerate(kinds.items()):
        start = charts.share(before, of=whole)
        before += total
        width = round(charts.share(before, of=whole) - start, 2)
        share = figures.thousandths(total, of=whole)
        buckets.append(Bucket(name, total, share, start, width, colour))
    return tuple(buckets)
