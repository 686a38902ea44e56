"""What a check of the live log finds. Pure."""

from dataclasses import dataclass, field

MOST_FAULTS = 1_000


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it was written or signed: in what, at which index, and how."""

    where: str
    index: int | None
    what: str


@dataclass(slots=True)
class Findings:
    """Everything that was found; past the first thousand faults they are only counted."""

    origin: str = ""
    vkey: str = ""
    is_key_given: bool = False
    size: int = 0
    checkpoints: int = 0
    is_head_kept: bool = False
    details: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0

    def fault(self, where: str, what: str, index: int | None = None) -> None:
        """Note a fault."""
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(Fault(where, index, what))
