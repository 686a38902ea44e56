"""
The base of every admin page: an address may ask about what the page filters by, nothing else.

Django lets the address of a list filter by any column of its own table. A
count of rows would then tell columns that no page shows, letter by letter:
`?password__startswith=...`.
"""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

# What the list filters, the search and the date bar of Django themselves put into addresses.
_FILTERED = ("", "__exact", "__in", "__isnull", "__id__exact", "__gte", "__lt")
_SEARCHED = ("", "__exact")
_DATED = ("", "__year", "__month", "__day", "__gte", "__lt")
_SEARCH_MARKS = "^=@"


class BoundedAdmin(admin.ModelAdmin):
    """An admin page whose list answers only questions about what it filters and searches by."""

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:  # noqa: ARG002  Django's signature
        """Tell whether an address may ask this; each question is one that the page offers."""
        return lookup in set(self._questions(request))

    def _questions(self, request: HttpRequest | None) -> Iterator[str]:
        filters = self.list_filter if request is None else self.get_list_filter(request)
        for each in filters:
            name = each[0] if isinstance(each, list | tuple) else each
            name = getattr(name, "parameter_name", name)
            yield from (f"{name}{ending}" for ending in _FILTERED)
        for field in self.search_fields:
            yield from (f"{field.lstrip(_SEARCH_MARKS)}{ending}" for ending in _SEARCHED)
        if self.date_hierarchy:
            yield from (f"{self.date_hierarchy}{ending}" for ending in _DATED)
