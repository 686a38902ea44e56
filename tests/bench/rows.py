"""One measured ratio and its target."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A ratio (None when it could not be measured here), its target, and which side is good."""

    name: str
    ratio: float | None
    target: float
    is_at_least: bool = True

    @property
    def shown_ratio(self) -> str:
        return "not measured" if self.ratio is None else f"{self.ratio:.2f}"

    @property
    def shown_target(self) -> str:
        return f"{'>=' if self.is_at_least else '<='} {self.target:.2f}"

    @property
    def verdict(self) -> str:
        if self.ratio is None:
            return "skipped"
        met = self.ratio >= self.target if self.is_at_least else self.ratio <= self.target
        return "met" if met else "MISSED"
