"""
LiteLLM's daily activity of all users, one UTC day at a time.

Its pages are cut in rows of its database and summed each by itself, so all
pages of a day are added up before anything is stated: a day is one step here,
and no time zone is sent, for that widens the range by a day.
"""

from collections.abc import Iterator

import msgspec

from apps.usage.connectors.transport import Caller, PullFailure
from apps.usage.connectors.vendors import Answer, Ask, Vendor
from apps.usage.formats import Reported, Statement, Unreadable, litellm_daily

_ROWS_PER_PAGE = 1_000
_MOST_PAGES = 1_000


class _Metadata(msgspec.Struct):
    page: int = 1
    total_pages: int = 1
    has_more: bool = False


class _Page(msgspec.Struct):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


_decoder = msgspec.json.Decoder(_Page)


def _headers(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def _daily(ask: Ask, caller: Caller) -> Answer:
    return Answer(_stated(ask, caller))


def _stated(ask: Ask, caller: Caller) -> Iterator[Reported]:
    for each in litellm_daily.read_pages(_pages(ask, caller)):
        is_statement = isinstance(each, Statement)
        yield msgspec.structs.replace(each, as_of=ask.as_of) if is_statement else each


def _pages(ask: Ask, caller: Caller) -> Iterator[bytes]:
    url = f"{ask.address}/user/daily/activity"
    for number in range(1, _MOST_PAGES + 1):
        params = {
            "start_date": str(ask.day),
            "end_date": str(ask.day),
            "page": number,
            "page_size": _ROWS_PER_PAGE,
        }
        content = caller.get(url, params)
        yield content
        try:
            told = _decoder.decode(content).metadata
        except ValueError:
            raise Unreadable("This is no page of daily activity.") from None
        if not told.has_more and number >= told.total_pages:
            return
    raise PullFailure("endless_pages", "The day has more pages than are taken.")


DAILY = Vendor(
    reports=(litellm_daily.REPORT,),
    ask=_daily,
    headers=_headers,
    key_advice="make a key of an administrator (proxy_admin or its viewer) and enter it here.",
)
