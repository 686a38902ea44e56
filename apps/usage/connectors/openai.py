"""OpenAI's organisation usage of completions, by user, key, project, model, batch and tier."""

from datetime import UTC, datetime, time, timedelta

from apps.usage.connectors.transport import Caller
from apps.usage.connectors.vendors import Answer, Ask, Vendor
from apps.usage.formats import openai
from apps.usage.formats.reports import envelope

_GROUPS = ["user_id", "api_key_id", "project_id", "model", "batch", "service_tier"]


def _headers(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def _usage(ask: Ask, caller: Caller) -> Answer:
    start = datetime.combine(ask.day, time.min, tzinfo=UTC)
    params = {
        "start_time": int(start.timestamp()),
        "end_time": int((start + timedelta(days=1)).timestamp()),
        "bucket_width": "1d",
        "group_by": _GROUPS,
        "limit": 1,
        "page": ask.cursor,
    }
    page = caller.get(f"{ask.address}/v1/organization/usage/completions", params)
    found = envelope(page)
    return Answer(
        openai.read_page(page, as_of=ask.as_of),
        (found.next_page or "") if found.has_more else None,
    )


USAGE = Vendor(
    reports=(openai.COMPLETIONS_REPORT,),
    ask=_usage,
    headers=_headers,
    key_advice="an owner of the organisation makes an Admin key (sk-admin-...); enter it here.",
    address="https://api.openai.com",
    spacing=0.5,
)
