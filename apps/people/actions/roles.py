"""Roles: which group a person is in, and what the groups may do."""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from apps.audit import actions as audit
from apps.audit import queries as log
from apps.audit.events import Event
from apps.common import permissions
from apps.common.actors import Actor, ActorKind
from apps.common.errors import Invalid, Refused
from apps.people.models import User
from apps.people.queries import UnknownPerson, role_of
from apps.people.roles import GROUP_OF, Role
from apps.shutter import actions as shutter

# What administrators edit in the admin: definitions, never a model that holds figures.
_EDITED_BY_ADMINISTRATORS = {
    "people": (
        "user",
        "team",
        "membership",
        "policy",
        "serviceaccount",
        "invitation",
        "objectgrant",
    ),
    "usage": ("source", "connector", "lanerule", "knownfault"),
    "badges": ("badge",),
    "rankings": ("board",),
    "shutter": ("scope",),
    "disclosure": ("policy", "alertrule"),
    "rights": ("unknownidentity", "decidedlane"),
}
_READ_BY_ADMINISTRATORS = {
    "people": ("consentwording", "visibilitychoice"),
    "usage": ("upload",),
}


class UnknownRole(Invalid):
    """Raised when a role is none of ours."""

    code: ClassVar[str] = "unknown_role"
    title: ClassVar[str] = "A role is employee, lead, auditor or admin."


class LastAdministrator(Refused):
    """Raised when nobody would administer the installation any more."""

    code: ClassVar[str] = "last_administrator"
    status: ClassVar[int] = 409
    title: ClassVar[str] = "This is the last administrator; add another one first."


def known(role: str) -> Role:
    """Return the role of this name; raises `UnknownRole`."""
    try:
        return Role(role)
    except ValueError:
        raise UnknownRole from None


@transaction.atomic
def give_role(*, person_id: int, role: str, actor: Actor, at: datetime) -> bool:
    """
    Let the person act in this role alone; returns whether that is a change.

    Raises `UnknownRole`, `UnknownPerson`, and `LastAdministrator` where somebody
    signed in would leave the house without one.
    """
    wanted = known(role)
    user = User.objects.filter(pk=person_id).first()
    if user is None:
        raise UnknownPerson
    if role_of(user) == wanted:
        return False
    if wanted != Role.ADMIN and actor.kind is ActorKind.USER:
        require_another_administrator(person_id)
    assign_groups(user, role=wanted)
    note_giver(user, actor=actor, at=at)
    audit.record(
        event=Event.ROLE_CHANGED,
        actor=actor,
        at=at,
        item=audit.Item("group", GROUP_OF[wanted]),
        subject=f"user:{person_id}",
        parameters={"role": str(wanted)},
    )
    return True


def assign_groups(user: User, *, role: Role) -> None:
    """Put the account into the groups of the role: everyone is an employee besides."""
    ours = Group.objects.filter(name__in=GROUP_OF.values())
    wanted = {GROUP_OF[Role.EMPLOYEE], GROUP_OF[role]}
    user.groups.remove(*ours.exclude(name__in=wanted))
    user.groups.add(*ours.filter(name__in=wanted))
    if user.is_staff != (role == Role.ADMIN):
        user.is_staff = role == Role.ADMIN
        user.save(update_fields=["is_staff"])


def note_giver(user: User, *, actor: Actor, at: datetime) -> None:
    """Keep who gave the account its role and when: reopening asks for two who are independent."""
    user.role_given_at, user.role_given_by = at, actor.reference
    user.save(update_fields=["role_given_at", "role_given_by"])


def require_another_administrator(person_id: int) -> None:
    """Raise `LastAdministrator` unless somebody else administers; locks all who do."""
    present = User.objects.select_for_update().filter(is_staff=True, is_active=True)
    # Locked in one order, so that two who remove each other wait and do not both succeed.
    if [user.pk for user in present.order_by("pk")] == [person_id]:
        raise LastAdministrator


@transaction.atomic
def equip_roles() -> None:
    """Make the groups and give them what their role needs; doing it again changes nothing."""
    groups = {name: Group.objects.get_or_create(name=name)[0] for name in GROUP_OF.values()}
    administrators = groups[GROUP_OF[Role.ADMIN]]
    missing = set(_admin_permissions()) - set(administrators.permissions.all())
    if missing:
        administrators.permissions.add(*missing)
    shutter.allow_closing(administrators)
    permissions.grant(groups[GROUP_OF[Role.AUDITOR]], "read_audit", log.the_log())


def _admin_permissions() -> Collection[Permission]:
    edited = ("view", "add", "change", "delete")
    wanted = [
        (label, f"{verb}_{model}")
        for definitions, verbs in (
            (_EDITED_BY_ADMINISTRATORS, edited),
            (_READ_BY_ADMINISTRATORS, ("view",)),
        )
        for label, models in definitions.items()
        for model in models
        for verb in verbs
    ]
    found = Permission.objects.filter(
        content_type__app_label__in={label for label, _ in wanted},
        codename__in={codename for _, codename in wanted},
    ).select_related("content_type")
    return [row for row in found if (row.content_type.app_label, row.codename) in set(wanted)]
