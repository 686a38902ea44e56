"""Feeds: a source and how it speaks. Where there is only one, nothing can be told twice."""

from dataclasses import dataclass, field

from apps.usage.admission import Contents
from apps.usage.models import Feed, Signal


@dataclass(slots=True)
class Feeds:
    """The feeds of one source, as far as one call has met them, and whether there are others."""

    source_id: int
    _known: set[Signal] = field(default_factory=set)
    _are_several: bool = False

    def learn(self, contents: Contents) -> None:
        """Add the feeds of a batch that are new; before its transaction, so that others see it."""
        new = signals_of(contents) - self._known
        if not new:
            return
        Feed.objects.bulk_create(
            [Feed(source_id=self.source_id, signal=signal) for signal in sorted(new)],
            ignore_conflicts=True,
        )
        self._known |= new

    def are_several(self) -> bool:
        """Tell whether there is more than one feed at all; asked anew until there is."""
        if not self._are_several:
            self._are_several = len(Feed.objects.values_list("pk")[:2]) > 1
        return self._are_several


def signals_of(contents: Contents) -> set[Signal]:
    """Return how a batch speaks."""
    told = {
        Signal.EVENT: contents.records,
        Signal.RESPONSE: contents.responses,
        Signal.METRIC: contents.deltas or contents.marks,
        Signal.STATEMENT: contents.statements or contents.days,
    }
    return {signal for signal, works in told.items() if works}
