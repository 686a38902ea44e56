"""
Which part of the house a request belongs to, by its path and method alone.

`boards` and `reports` are named; everything else that is not known to disclose
nothing belongs to `all`, so that a page which nobody listed here is shut with
the rest. Paths are read generously (case, doubled slashes, a missing or a
second encoding), because a request that merely looks like a shut route may be
answered by one behind some proxy. This module is pure.
"""

from enum import StrEnum
from urllib.parse import unquote


class ScopeName(StrEnum):
    """What can be closed; `all` includes the others and one's own record."""

    BOARDS = "boards"
    REPORTS = "reports"
    ALL = "all"


_NAMED = (ScopeName.BOARDS, ScopeName.REPORTS)

# Pages by their first segment: sign-in, definitions, the log, health and files tell no figure.
_OPEN_PAGES = frozenset(
    {
        "accounts",
        "admin",
        "audit",
        "favicon.ico",
        "health",
        "metrics",
        "otlp",
        "robots.txt",
        "static",
        "status",
    }
)
_OPEN_REST = frozenset({"audit", "closures", "docs", "schema", "status", "usage"})
_PRIVACY_THAT_DISCLOSES = ("disclosures", "export")
# Leaving and hiding are possible however shut the house is.
_ALWAYS_MINE = frozenset({("PUT", "visibility"), ("POST", "erasure")})


def scope_of(path: str, method: str) -> ScopeName | None:
    """Return the scope that shuts this request, or None for what is never shut."""
    steps = _steps(path)
    if steps[:2] == ["api", "v1"]:
        return _rest_scope(steps[2:], method)
    first = steps[0] if steps else ""
    for name in _NAMED:
        if first.startswith(name):
            return name
    if first in _OPEN_PAGES:
        return None
    if first == "privacy":
        discloses = any(step.startswith(_PRIVACY_THAT_DISCLOSES) for step in steps[1:])
        return ScopeName.ALL if discloses else None
    return ScopeName.ALL


def _rest_scope(steps: list[str], method: str) -> ScopeName | None:
    first = steps[0] if steps else ""
    for name in _NAMED:
        if first.startswith(name):
            return name
    if first in _OPEN_REST:
        return None
    if first == "me" and (method, "/".join(steps[1:])) in _ALWAYS_MINE:
        return None
    return ScopeName.ALL


def _steps(path: str) -> list[str]:
    """Return the path's segments in lower case, without those that lead nowhere."""
    if "%" in path or "\\" in path:
        path = unquote(path).replace("\\", "/")
    return [step for step in (part.strip() for part in path.lower().split("/")) if step.strip(".")]
