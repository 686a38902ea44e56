"""
GitHub Copilot's users per day: links to files, which are fetched without the key.

A day's report appears a day or two later. The links expire within the hour, so
a pull that was interrupted asks for them anew and goes on with the next file.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from urllib.parse import quote

import msgspec

from apps.usage.connectors.transport import Caller, PullFailure
from apps.usage.connectors.vendors import Answer, Ask, Vendor
from apps.usage.formats import Reported, Unreadable, copilot

_MAX_LINE_BYTES = 8 * 1024 * 1024


class _Links(msgspec.Struct):
    download_links: list[str]
    report_day: str = ""


_decoder = msgspec.json.Decoder(_Links)


def _headers(secret: str) -> dict[str, str]:
    return {
        "Authorization": f"Bearer {secret}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }


def _users(ask: Ask, caller: Caller) -> Answer:
    owner = quote(ask.organisation, safe="")
    url = f"{ask.address}/orgs/{owner}/copilot/metrics/reports/users-1-day"
    content = caller.get(url, {"day": str(ask.day)})
    if not content:
        return Answer((), is_ready=False)
    try:
        links = _decoder.decode(content).download_links
    except ValueError:
        raise Unreadable("This is no list of files.") from None
    done = int(ask.cursor or 0)
    if done >= len(links):
        return Answer(())
    more = str(done + 1) if done + 1 < len(links) else None
    return Answer(_file(caller.download(links[done], linked_by=ask.address), ask.as_of), more)


def _file(chunks: Iterator[bytes], as_of: datetime) -> Iterator[Reported]:
    """Yield what a file's rows state, a chunk's whole lines at a time."""
    rest = b""
    for chunk in chain(chunks, (b"\n",)):
        whole, _, rest = (rest + chunk).rpartition(b"\n")
        if len(rest) > _MAX_LINE_BYTES:
            raise PullFailure("too_large", "A row of the report is larger than 8 MiB.")
        yield from copilot.read_page(whole, as_of=as_of)


USERS = Vendor(
    reports=(copilot.USERS_REPORT,),
    ask=_users,
    headers=_headers,
    key_advice="make a token that may read the organisation's Copilot metrics, "
    "switch the metrics policy on, and enter the token here.",
    address="https://api.github.com",
    newest=1,
    interval_minutes=360,
)
