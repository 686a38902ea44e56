"""Who acts: named by value, so that records outlive accounts."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """What sort of actor did something."""

    USER = "user"
    SOURCE = "source"
    COMMAND = "command"
    TASK = "task"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor by value: its kind, its id within the kind, and the role it acts in."""

    kind: ActorKind
    id: str
    role: str = ""

    @property
    def reference(self) -> str:
        """The actor as one string, for example `user:7`."""
        return f"{self.kind}:{self.id}"


def user(user_id: int, *, role: str = "") -> Actor:
    """Return the actor for an account."""
    return Actor(ActorKind.USER, str(user_id), role)


def source(slug: str) -> Actor:
    """Return the actor for a usage source."""
    return Actor(ActorKind.SOURCE, slug)


def command(name: str) -> Actor:
    """Return the actor for a management command."""
    return Actor(ActorKind.COMMAND, name, "operator")


def task(name: str) -> Actor:
    """Return the actor for a Celery task."""
    return Actor(ActorKind.TASK, name)


ANONYMOUS = Actor(ActorKind.ANONYMOUS, "")
