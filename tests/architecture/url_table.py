"""The project's own URL table, walked: every route with sample arguments."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

SAMPLES = {"slug": "tokens-30d", "token": "no-such-token", "object_id": "1", "app_label": "people"}
# An index, and no number of a tile.
SAMPLES |= {"name": "0"}


def routes() -> Iterator[str]:
    """Yield the path of every route of the table, sample values filled in."""
    yield from _walk(get_resolver().url_patterns, "/")


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[str]:
    for each in patterns:
        path = prefix + _filled(str(each.pattern), each)
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, path)
        else:
            yield path


def _filled(route: str, each: URLPattern | URLResolver) -> str:
    """Return the route with its arguments filled in; regular expressions lose their anchors."""
    for name, converter in each.pattern.converters.items():
        kind = type(converter).__name__
        value = "1" if kind == "IntConverter" else SAMPLES.get(name, "x")
        for spelling in (f"<{name}>", f"<int:{name}>", f"<slug:{name}>", f"<str:{name}>",
                         f"<path:{name}>", f"<uuid:{name}>"):  # fmt: skip
            route = route.replace(spelling, value)
    if "(?P" in route or route.startswith("^"):
        route = route.strip("^$").replace("\\Z", "")
        while "(?P<" in route:
            start = route.index("(?P<")
            depth, end = 0, start
            for end in range(start, len(route)):
                depth += {"(": 1, ")": -1}.get(route[end], 0)
                if depth == 0:
                    break
            route = route[:start] + "1" + route[end + 1 :]
    return route
