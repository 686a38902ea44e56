"""What references such as `user:7` stand for, for those who may see names."""

from collections.abc import Iterable

from apps.people import queries as people

_ACCOUNT = "user:"


def names_of(references: Iterable[str | None]) -> dict[str, str]:
    """Return the names of those of the references that are accounts and still exist."""
    numbers = {
        int(reference.removeprefix(_ACCOUNT))
        for reference in references
        if reference and reference.startswith(_ACCOUNT)
    }
    return {f"{_ACCOUNT}{card.id}": card.name for card in people.cards_of(numbers).values()}
