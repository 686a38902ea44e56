"""
Which of several feeds counts, where they tell of the same work.

Exactly one does for each person, tool and day. The rule asks nothing about
amounts, so the order in which reports arrive, and how far each has come,
changes nothing; only a feed that tells of no work at all gives way to one that
does.
"""

from collections.abc import Iterable
from typing import NamedTuple

Name = tuple[str, str, int]
"""What is one feed: the sort and name of what reports, and the signal."""


class Feed(NamedTuple):
    """
    A source and how it speaks.

    `is_shared`: the signal knows by itself what is the same work, whoever
    reports it (transcripts do), so that all sources of it are one feed.
    """

    precedence: int
    signal: int
    slug: str
    group: str = ""
    is_shared: bool = False

    @property
    def name(self) -> Name:
        """Whose reports add up with its own."""
        if self.is_shared:
            return "shared", "", self.signal
        if self.group:
            return "group", self.group, self.signal
        return "source", self.slug, self.signal


def of_work(told: Iterable[tuple[Feed, bool]]) -> Name:
    """
    Return the feed that counts for a person, tool and day.

    Each comes with whether it tells of any work. The smallest precedence counts, then the
    signal, then the slug; of sources that are one feed the foremost stands for all.
    """
    _, feed = min((not tells_work, feed) for feed, tells_work in told)
    return feed.name


def of_session(feeds: Iterable[Feed]) -> Name:
    """Return the feed whose account of a session counts: by signal, then precedence, then slug."""
    return min(feeds, key=lambda feed: (feed.signal, feed)).name
