"""What a command says where it may not, or cannot, answer."""

from django.core.management.base import CommandError

from apps.common.errors import ApplicationError
from apps.operations import probes

_NOT_MIGRATED = "The database lacks migrations: run `manage.py migrate`, or start with `launch`."


def refused(refusal: ApplicationError) -> CommandError:
    """Return a refusal as the command's error; where migrations are missing, that is the reason."""
    is_fault = refusal.status == 503 and refusal.code == "unavailable"
    if is_fault and probes.lacks_migrations():
        return CommandError(_NOT_MIGRATED)
    return CommandError(refusal.detail)
