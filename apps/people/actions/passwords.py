"""Links with which people who forgot their password choose a new one."""

from allauth.account.internal.flows.password_reset import request_password_reset

from apps.people.models import User


def mail_reset_link(*, person_id: int) -> None:
    """Mail the person a link for a new password; nothing for an account that is not there."""
    person = User.objects.filter(pk=person_id, is_active=True).first()
    if person is not None:
        request_password_reset(None, person.email, [person], None)
