"""The three ways to take part, in the words of the privacy page. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to take part: what others see, in a few plain words."""

    value: str
    title: str
    words: str
    chosen: str


CHOICES = (
    Choice(
        "private",
        "Private",
        "You are on no board. Your own record, badges and charts stay yours to see.",
        "You are private. Your rows are gone from every published board, as of now.",
    ),
    Choice(
        "pseudonymous",
        "Under a pseudonym",
        "Boards show you as something like calm-otter-4XK2P9. The name changes with every "
        "release and is different for every viewer, so it cannot be followed. Colleagues who "
        "know your figures well may still guess.",
        "You take part under pseudonyms, from the next release of each board.",
    ),
    Choice(
        "named",
        "By name",
        "Boards show your name and your team beside your figure.",
        "You take part by name.",
    ),
)


def chosen(value: str) -> str:
    """Return the sentence that confirms a choice."""
    return next((each.chosen for each in CHOICES if each.value == value), "Your choice holds now.")
