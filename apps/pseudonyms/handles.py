"""
Handles: what a page says instead of a subject's number, to the one viewer it was made for.

A handle is the sealed number. It is another one each time it is made, opens for
nobody else, and tells nothing to whoever reads the page's source.
"""

import base64
import binascii

from apps.common.errors import NotFound
from apps.pseudonyms.keys import Purpose
from apps.pseudonyms.wrapping import Seal, SealBroken


class UnknownHandle(NotFound):
    """Raised for what is no handle, or one that was made for another viewer."""

    code = "unknown_handle"
    title = "This entry is not there any more. Load the page again."


def handle_of(subject: int, *, viewer: int) -> str:
    """Return a handle of the subject for this viewer (the account's number)."""
    sealed = Seal(Purpose.HANDLE_SEAL).close(viewer, subject.to_bytes(8, "big"))
    return base64.urlsafe_b64encode(sealed).decode("ascii")


def subject_behind(handle: str, *, viewer: int) -> int:
    """Return the subject that the viewer's handle stands for; raises UnknownHandle."""
    try:
        sealed = base64.urlsafe_b64decode(handle.encode("ascii"))
        return int.from_bytes(Seal(Purpose.HANDLE_SEAL).open(viewer, sealed), "big")
    except (SealBroken, binascii.Error, ValueError):
        raise UnknownHandle from None
