"""
Charts as geometry: scales, nice ticks and stacked bars, ready for small SVG templates.

Pure arithmetic without Django. It never rounds a figure that is shown: the
exact values travel along, for titles and for the table beside each chart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from apps.web import figures

_STEPS = (1, 2, 5, 10)
_GAP = 0.28
_WIDEST_BAR = 40.0


@dataclass(frozen=True, slots=True)
class Frame:
    """The drawing's size and the margins around the plot, in SVG units."""

    width: int
    height: int
    left: int = 52
    right: int = 24
    top: int = 10
    bottom: int = 26
    label_room: int = 64

    @property
    def plot_width(self) -> int:
        """The width between the margins."""
        return self.width - self.left - self.right

    @property
    def plot_height(self) -> int:
        """The height between the margins."""
        return self.height - self.top - self.bottom

    @property
    def plot_right(self) -> int:
        """Where the plot ends."""
        return self.width - self.right

    @property
    def tick_x(self) -> int:
        """Where the labels of the ticks end."""
        return self.left - 8

    @property
    def label_y(self) -> int:
        """The baseline of the labels under the plot."""
        return self.height - 7


WIDE = Frame(width=820, height=260)
NARROW = Frame(width=360, height=230, left=44, label_room=72)


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a stacked chart: a name and a value for each bar."""

    name: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the plot, or a label under it."""

    position: float
    label: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One coloured part of a bar."""

    y: float
    height: float
    colour: int
    value: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its place, its parts from the bottom up, its title for pointer and reader."""

    x: float
    width: float
    title: str
    total: int
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class StackedBars:
    """A chart of stacked bars in a frame."""

    frame: Frame
    ticks: tuple[Tick, ...]
    labels: tuple[Tick, ...]
    bars: tuple[Bar, ...]


def nice_ticks(largest: int, *, count: int = 4) -> tuple[int, ...]:
    """Return whole ticks from 0 to at least `largest`; steps are 1, 2 or 5 times a power of 10."""
    if largest <= 0:
        return (0, 1)
    least_step = -(-largest // count)
    power = 10 ** (len(str(least_step)) - 1)
    step = next(each * power for each in _STEPS if each * power >= least_step)
    return tuple(range(0, largest + step, step))


def scaled(value: int, *, largest: int, length: float) -> float:
    """Return where `value` lies on a line of `length` whose end is `largest`, two decimals."""
    if largest <= 0:
        return 0.0
    return round(min(max(value, 0), largest) * length / largest, 2)


def share(value: int, *, of: int) -> float:
    """Return the value as a percentage of a whole (0 to 100, two decimals); 0 of nothing."""
    return scaled(value, largest=of, length=100.0)


def stacked_bars(labels: Sequence[str], *, series: Sequence[Series], frame: Frame) -> StackedBars:
    """Return the geometry of one bar per label, its parts stacked in the order of the series."""
    totals = [sum(each.values[index] for each in series) for index in range(len(labels))]
    ticks = nice_ticks(max(totals, default=0))
    step = frame.plot_width / max(len(labels), 1)
    width = round(min(step * (1 - _GAP), _WIDEST_BAR), 2)
    centres = [frame.left + step * (index + 0.5) for index in range(len(labels))]
    return StackedBars(
        frame=frame,
        ticks=tuple(
            Tick(_height_of(tick, ticks[-1], frame), figures.short(tick)) for tick in ticks
        ),
        labels=_labels(labels, centres, frame),
        bars=tuple(
            Bar(
                x=round(centre - width / 2, 2),
                width=width,
                title=f"{label}: {figures.exact(total)} tokens",
                total=total,
                segments=_segments(index, series, ticks[-1], frame),
            )
            for index, (label, centre, total) in enumerate(
                zip(labels, centres, totals, strict=True)
            )
        ),
    )


def _height_of(value: int, largest: int, frame: Frame) -> float:
    rise = scaled(value, largest=largest, length=frame.plot_height)
    return round(frame.top + frame.plot_height - rise, 2)


def _segments(
    index: int, series: Sequence[Series], largest: int, frame: Frame
) -> tuple[Segment, ...]:
    segments = []
    below = 0
    for colour, each in enumerate(series):
        value = each.values[index]
        if value > 0:
            bottom = _height_of(below, largest, frame)
            top = _height_of(below + value, largest, frame)
            segments.append(Segment(top, round(bottom - top, 2), colour, value))
        below += value
    return tuple(segments)


def _labels(labels: Sequence[str], centres: Sequence[float], frame: Frame) -> tuple[Tick, ...]:
    """Pick labels that have room, counted back from the newest, which always shows."""
    if not labels:
        return ()
    room = frame.plot_width / len(labels)
    every = max(1, -(-frame.label_room // max(int(room), 1)))
    last = len(labels) - 1
    picked = range(last % every, len(labels), every)
    return tuple(Tick(round(centres[index], 2), labels[index]) for index in picked)
