"""The log as a pack, to be checked elsewhere: a ZIP for auditors."""

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from apps.audit.events import Event
from apps.common import clock
from apps.disclosure import gate
from apps.web import answers, log


@require_GET
@answers.page
def pack(request: HttpRequest) -> HttpResponseBase:
    """Send the whole log with its details, and proofs for what the page's search finds."""
    viewer, at = answers.viewer(request), clock.now()
    with gate.of_readers(viewer, event=Event.LOG_EXPORTED, at=at):
        search = log.searched(request) if log.asked(request) else None
    stream = gate.log_pack(viewer, search, at=at)
    # The response closes the file when it was sent, or when nobody takes it any more.
    name = f"audit-{at:%Y%m%dT%H%M%SZ}.zip"
    return FileResponse(stream, as_attachment=True, filename=name, content_type="application/zip")
