"""
The folder that is the broker of an embedded installation, where a disk may be full.

Then a message or a list of queues is half written, or empty. A message is a hint and never
the truth, and the list is made again: neither is worth a worker.
"""

from typing import Any

import structlog
from kombu.transport import filesystem

_log = structlog.get_logger("claudeonomics.broker")


class Channel(filesystem.Channel):
    """Drops what cannot be read, and says so."""

    def _get(self, queue: str) -> Any:  # type: ignore[override]  # as in the class above
        """Return the next message that can be read; those before it are gone, read or not."""
        while True:
            try:
                return super()._get(queue)
            except ValueError:
                _log.warning("broker.message_dropped")

    def get_table(self, exchange: str) -> Any:
        """Return the queues of the exchange: none where their list cannot be read."""
        try:
            return super().get_table(exchange)
        except ValueError:
            _log.warning("broker.queues_unreadable")
            return []

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str | None, queue: str) -> None:
        """Add a queue to the exchange's list, to a new one where that cannot be read."""
        try:
            super()._queue_bind(exchange, routing_key, pattern, queue)
        except ValueError:
            _log.warning("broker.queues_unreadable")
            (self.control_folder / f"{exchange}.exchange").unlink(missing_ok=True)
            super()._queue_bind(exchange, routing_key, pattern, queue)


class Transport(filesystem.Transport):
    """Celery's filesystem transport with our channel."""

    Channel = Channel
