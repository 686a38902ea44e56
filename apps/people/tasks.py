"""What a worker does for this room: mails that a request must not be seen to make."""

from typing import Any

from celery import shared_task

from apps.people.actions import passwords

# The account that nobody has: a task for it does nothing.
NOBODY = 0


@shared_task(name="people.mail_password_reset")
def mail_password_reset(*, person_id: int, **_: Any) -> None:
    """Mail the person a link for a new password."""
    passwords.mail_reset_link(person_id=person_id)
