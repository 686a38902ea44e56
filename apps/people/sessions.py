"""
Sessions whose key lies in the cookie alone.

The table keeps the SHA-256 of the key and the content sealed: whoever reads a
dump can neither act in somebody's session nor see what it holds, for example a
second factor that is being set up.
"""

import hashlib
from base64 import b85encode
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from apps.common import clock
from apps.people import sealing


def stored_key(session_key: str) -> str:
    """Return the SHA-256 of the key in base 85: its 40 characters just fit Django's column."""
    return b85encode(hashlib.sha256(session_key.encode()).digest()).decode("ascii")


class SessionStore(DatabaseStore):
    """Django's own store, which meets the table with hashed keys and sealed content only."""

    def exists(self, session_key: str) -> bool:
        """Tell whether a session of that key is there."""
        return bool(super().exists(stored_key(session_key)))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """Return the row to be saved."""
        row = super().create_model_instance(data)
        row.session_key = stored_key(row.session_key)
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Delete the session of that key, or this one."""
        key = session_key or self.session_key
        if key is not None:
            super().delete(stored_key(key))

    def encode(self, session_dict: dict[str, Any]) -> str:
        """Return the content signed by Django and sealed."""
        return sealing.close(super().encode(session_dict), purpose=sealing.Purpose.SESSION)

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        """Return the content; nothing for what does not open, as if nobody had signed in."""
        try:
            plain = sealing.opened(session_data, purpose=sealing.Purpose.SESSION)
        except sealing.SealBroken:
            return {}
        return dict(super().decode(plain))

    def _get_session_from_db(self) -> Any:
        row = self.model.objects.filter(
            session_key=stored_key(self.session_key or ""), expire_date__gt=clock.now()
        ).first()
        if row is None:
            self._session_key = None
        return row

    # Nothing here is asynchronous; Django's own versions would meet the table with plain keys.
    async def aexists(self, session_key: str) -> bool:
        """Refuse."""
        raise NotImplementedError

    async def acreate_model_instance(self, data: dict[str, Any]) -> Any:
        """Refuse."""
        raise NotImplementedError

    async def adelete(self, session_key: str | None = None) -> None:
        """Refuse."""
        raise NotImplementedError

    async def _aget_session_from_db(self) -> Any:
        raise NotImplementedError
