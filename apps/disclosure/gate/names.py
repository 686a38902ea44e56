"""What references such as `user:7` stand for, for those who may see names."""

from collections.abc import Iterable

from apps.people import queries as people

_ACCOUNT = "user:"
# No account has a number of more digits, and no database takes many more.
_LONGEST = 18


def names_of(references: Iterable[str | None]) -> dict[str, str]:
    """Return the names of those of the references that are accounts and still exist."""
    numbers = {
        int(number)
        for reference in references
        if reference and (number := reference.removeprefix(_ACCOUNT)) != reference
        if number.isascii() and number.isdigit() and len(number) <= _LONGEST
    }
    return {f"{_ACCOUNT}{card.id}": card.name for card in people.cards_of(numbers).values()}
