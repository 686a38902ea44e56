"""
Routes of the log's tree below `/audit/`, as C2SP tlog-tiles lays them out; no slash at the end.

The pages below `/audit/` come after these in the URL table.
"""

from django.contrib.auth.decorators import login_not_required
from django.urls import path, re_path

from apps.api.problems import unknown_route
from apps.api.views import tree

urlpatterns = [
    path("checkpoint", tree.Checkpoint.as_view(), name="audit-checkpoint"),
    path("tile/entries/<path:name>", tree.Bundle.as_view(), name="audit-bundle"),
    path("tile/<path:name>", tree.Tile.as_view(), name="audit-tile"),
    path("proof/<str:name>", tree.Proof.as_view(), name="audit-proof"),
    path("log.vkey", tree.LogKey.as_view(), name="audit-log-key"),
    path("receipts.vkey", tree.ReceiptsKey.as_view(), name="audit-receipts-key"),
    # What no route above takes (a newline, one more slash) is no page either.
    re_path(r"^(tile|proof)/", login_not_required(unknown_route), name="audit-unknown"),
]
