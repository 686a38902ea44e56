"""
What a log line may hold: event names, counts, routes; never whom or what it is about.

Every line of the product, of Django, gunicorn and Celery passes one redaction
step. It drops whatever looks like an e-mail address, a token or a network
address, should a line that we did not write contain one. Of gunicorn's lines
nothing is kept but what kind they are: whoever reaches the port chooses their words.
"""

import logging
import logging.config
import re
import sys
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any

import structlog
from gunicorn.glogging import Logger as PlainGunicornLogger  # type: ignore[import-untyped]

_REDACTIONS = (
    (re.compile(r"[^\s@'\"<>()\[\],;=]+@[^\s@'\"<>()\[\],;]+"), "[address]"),
    (re.compile(r"(?<![\w.-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{20,}"), "[token]"),
    (re.compile(r"(?<![\d.])(?!127\.|0\.0\.0\.0)\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"), "[network]"),
    (re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{0,4}(?![\w:])"), "[network]"),
    (re.compile(r"(?<![\w:])(?:[0-9a-fA-F]{1,4}:)+:(?:[0-9a-fA-F]{1,4}:?)*"), "[network]"),
)

_ABOUT_REQUESTS = ("django.request", "django.security")

# How gunicorn's lines begin, and what is said instead. They come formatted already, with what
# was sent; so what is not listed here is not repeated either.
_SAID_BY_GUNICORN = {
    "Invalid request": "Invalid request",
    "Error handling request": "Error handling request",
    "Socket error processing request": "Socket error",
    "WSGI app sent body bytes": "Body dropped from an answer that has none",
    "No keepalived connections": "No connection can be kept alive",
    "Starting gunicorn": "Starting",
    "Listening at": "Listening",
    "Booting worker": "Worker starts",
    "Handling signal": "Handling a signal",
    "WORKER TIMEOUT": "Worker did not answer in time",
    "Worker (pid:%s) was sent %s! Perhaps": "Worker was killed, perhaps out of memory",
    "Worker (pid:%s) was sent": "Worker ended by a signal",
    "Worker (pid:%s) exited": "Worker ended with an error",
    "Worker exiting": "Worker ends",
    "Parent changed": "Worker ends without its parent",
    "Exception in worker process": "Worker failed",
    "Unhandled exception in main loop": "Web server failed",
    "Connection in use": "Port in use",
    "Invalid address": "Address cannot be listened on",
    "Can't connect to": "Nothing can be listened on",
    "Shutting down": "Shutting down",
}
_ABOUT_NO_REQUEST = ("Worker failed", "Web server failed")  # so their tracebacks may stay


def redacted(value: Any) -> Any:
    """Return the value without what looks like an address or a token, however deep it lies."""
    if isinstance(value, str):
        for pattern, replacement in _REDACTIONS:
            value = pattern.sub(replacement, value)
        return value
    if isinstance(value, dict):
        return {redacted(key): redacted(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [redacted(each) for each in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return redacted(str(value))


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """Redact a whole line; the names of its members are ours and stay, its moment too."""
    return {
        name: value if name in {"timestamp", "level"} else redacted(value)
        for name, value in event.items()
    }


def _template_only(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Keep the wording of Django's own lines and drop their arguments: those are paths."""
    record = event.get("_record")
    if record is not None and record.name.startswith("django"):
        event["event"] = str(record.msg)
        if record.name.startswith(_ABOUT_REQUESTS):
            _kind_only(record, event)
    return event


def _kind_only(record: Any, event: MutableMapping[str, Any]) -> None:
    """
    Of an error in a request keep its kind and the route.

    Its message and its traceback may quote what was sent, and where things lie.
    """
    if record.name.startswith("django.security.") and not record.name.endswith(".csrf"):
        # Here the message of the error is all the wording there is; the logger has its kind.
        event["event"] = record.name
    status = getattr(record, "status_code", None)
    if status is not None:
        # The wording is "%s: %s" where it was an answer and no error that is spoken of.
        event["event"], event["status"] = event["event"].replace("%s: %s", "Answered"), status
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            event["level"] = "warning"  # shut, full or without its database: said, and no fault
    event.pop("stack_info", None)
    error = event.pop("exc_info", None)
    if error:
        event["kind"] = error[0].__name__
    match = getattr(getattr(record, "request", None), "resolver_match", None)
    event["route"] = match.view_name if match else ""


def _fixed_wording(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Of a line of gunicorn keep what kind it is, and the kind of the error that it is about."""
    record = event.get("_record")
    if record is None or record.name.partition(".")[0] != "gunicorn":
        return event
    said = (
        ours for theirs, ours in _SAID_BY_GUNICORN.items() if str(record.msg).startswith(theirs)
    )
    event["event"] = next(said, "Said by the web server")
    if event["event"] not in _ABOUT_NO_REQUEST:
        event.pop("stack_info", None)
        # Gunicorn speaks of an error while it handles it, but does not always hand it over.
        kind = (event.pop("exc_info", None) or sys.exc_info())[0]
        if kind:
            event["kind"] = kind.__name__
    return event


def formatter() -> logging.Formatter:
    """Return the one formatter: a JSON object a line, redacted last."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*shared, _template_only, _fixed_wording],
        processors=[
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact,
            structlog.processors.JSONRenderer(),
        ],
    )


def configure(level: str) -> None:
    """Send every logger of the process through the formatter, to standard error."""
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": {"()": formatter}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": level},
            # The request log says the same without the path.
            # And the client of other systems names whole addresses, signed ones too.
            "loggers": {
                "django.request": {"level": "ERROR"},
                "django.server": {"level": "ERROR"},
                "httpx2": {"level": "WARNING"},
                "httpcore2": {"level": "WARNING"},
            },
        }
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


class GunicornLogger(PlainGunicornLogger):
    """Gunicorn's own lines in the same form."""

    def setup(self, cfg: Any) -> None:
        """Replace the formatters that gunicorn sets up."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter())

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Write nothing, whatever is configured: our own line about a request names nobody."""
