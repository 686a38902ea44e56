"""
Anthropic's reports: Claude Code per day (Admin API) and users' usage (Enterprise).

The Enterprise report is refreshed every few hours and revised for up to 30
days; an organisation has 60 requests a minute. Its rows by RBAC group overlap,
so it is never asked by group.
"""

from datetime import timedelta

from apps.usage.connectors.transport import Caller
from apps.usage.connectors.vendors import Answer, Ask, Vendor
from apps.usage.formats import anthropic
from apps.usage.formats.reports import envelope

_ROWS_PER_PAGE = 1_000
_SECONDS_BETWEEN = 1.0


def _headers(secret: str) -> dict[str, str]:
    return {"x-api-key": secret, "anthropic-version": "2023-06-01"}


def _claude_code(ask: Ask, caller: Caller) -> Answer:
    url = f"{ask.address}/v1/organizations/usage_report/claude_code"
    params = {"starting_at": str(ask.day), "limit": _ROWS_PER_PAGE, "page": ask.cursor}
    return _read(caller.get(url, params), ask)


def _user_usage(ask: Ask, caller: Caller) -> Answer:
    url = f"{ask.address}/v1/organizations/analytics/user_usage_report"
    params = {
        "starting_at": f"{ask.day}T00:00:00Z",
        "ending_at": f"{ask.day + timedelta(days=1)}T00:00:00Z",
        "bucket_width": "1d",
        "group_by[]": ["model", "product"],
        "limit": _ROWS_PER_PAGE,
        "page": ask.cursor,
    }
    return _read(caller.get(url, params), ask)


def _read(page: bytes, ask: Ask) -> Answer:
    found = envelope(page)
    return Answer(
        anthropic.read_page(page, as_of=ask.as_of),
        (found.next_page or "") if found.has_more else None,
    )


CLAUDE_CODE = Vendor(
    reports=(anthropic.CLAUDE_CODE_REPORT,),
    ask=_claude_code,
    headers=_headers,
    key_advice="make an Admin key (sk-ant-admin...) in the Claude Console and enter it here.",
    address="https://api.anthropic.com",
    spacing=_SECONDS_BETWEEN,
)
USER_USAGE = Vendor(
    reports=(anthropic.USER_USAGE_REPORT,),
    ask=_user_usage,
    headers=_headers,
    key_advice="the primary owner of the Enterprise organisation makes an Analytics key "
    "with the scope read:analytics; enter it here.",
    address="https://api.anthropic.com",
    spacing=_SECONDS_BETWEEN,
    interval_minutes=240,
    revised_days=30,
)
