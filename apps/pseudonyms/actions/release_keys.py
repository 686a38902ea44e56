"""
The random key of each release: made before it is published, destroyed when traces expire.

Its SHA-256 stands in the permanent part of the log before the first copy goes
out, so nobody can later present another key and frame somebody with it. Its id
is the beginning of that hash, so the id alone already says which key it is.
"""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import actors
from apps.common.actors import Actor
from apps.pseudonyms import keyring
from apps.pseudonyms.keys import Purpose
from apps.pseudonyms.models import ReleaseKey
from apps.pseudonyms.wrapping import Seal

_KEY_BYTES = 32
_ITSELF = actors.task("pseudonyms.release_keys")


@dataclass(frozen=True, slots=True)
class ReleaseKeyView:
    """A release key by name and by hash (SHA-256, hexadecimal); never the key."""

    id: uuid.UUID
    digest_hex: str


@transaction.atomic
def create_release_key(*, at: datetime, actor: Actor = _ITSELF) -> ReleaseKeyView:
    """Make a random release key, keep it wrapped, and commit to its hash in the log."""
    keyring.keep_digest()
    key = secrets.token_bytes(_KEY_BYTES)
    digest = hashlib.sha256(key)
    view = ReleaseKeyView(uuid.UUID(bytes=digest.digest()[:16]), digest.hexdigest())
    wrapped = Seal(Purpose.RELEASE_KEY_WRAP).close(view.id.bytes, key)
    ReleaseKey.objects.create(pk=view.id, wrapped=wrapped, created_at=at)
    item = audit.Item("release_key", view.digest_hex)
    audit.record(event=Event.KEY_CREATED, actor=actor, at=at, item=item)
    return view


@transaction.atomic
def destroy_release_key(key_id: uuid.UUID, *, at: datetime, actor: Actor = _ITSELF) -> None:
    """Destroy a release key: its names can never be made again. Doing it twice changes nothing."""
    present = ReleaseKey.objects.filter(pk=key_id, wrapped__isnull=False)
    if not present.update(wrapped=None, destroyed_at=at):
        return
    item = audit.Item("release_key", str(key_id))
    audit.record(event=Event.KEY_DESTROYED, actor=actor, at=at, item=item)
