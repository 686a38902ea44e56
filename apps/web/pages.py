"""
The rows of a board as HTML, kept in memory for as long as the copy is the same.

Drawing 250 rows is most of a board page's work. The key is the copy's own
edition, which changes with every strike, choice, release and viewer; the gate
is asked, and the look written down, before this is ever reached.
"""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from apps.disclosure import gate
from apps.web import boards

# 250 rows are some 200 KB of HTML: about 25 MB a process at most.
_MOST = 128
_kept: OrderedDict[Hashable, SafeString] = OrderedDict()
_lock = Lock()


def rows_of(copy: gate.BoardCopy) -> SafeString:
    """Return the HTML of the copy's rows; the same copy is drawn once."""
    key = (copy.board, copy.edition)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    drawn = _drawn(copy)
    with _lock:
        _kept[key] = drawn
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return drawn


def forget() -> None:
    """Empty this process's memory of drawn rows."""
    with _lock:
        _kept.clear()


def _drawn(copy: gate.BoardCopy) -> SafeString:
    context: dict[str, Any] = {"copy": copy}
    if copy.board.kind == "tiers":
        context["bands"] = boards.bands(copy.rows)
        html = render_to_string("web/board_tiers.html", context)
    else:
        context["lines"] = boards.lines(copy.rows)
        html = render_to_string("web/board_numbers.html", context)
    # Half of 250 rows would be indentation; it is escaped already and stays so.
    return SafeString(" ".join(html.split()))
