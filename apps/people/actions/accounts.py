"""Accounts: adding, naming, deactivating and reactivating a person."""

from datetime import datetime

from django.db import transaction

from apps.audit import actions as audit
from apps.audit.events import Event
from apps.common import clock, permissions
from apps.common.actors import Actor
from apps.people import addresses, names, queries
from apps.people.actions import consent, roles, teams
from apps.people.models import PersonalToken, User
from apps.people.models.accounts import new_stamp
from apps.people.queries import PersonCard, UnknownPerson
from apps.people.roles import Role
from apps.pseudonyms import actions as pseudonyms
from apps.pseudonyms.identities import Identity, Kind


@transaction.atomic
def add_person(  # noqa: PLR0913  a person is what is known of them; all but the address may be left out
    *,
    email: str,
    name: str = "",
    role: str | None = None,
    team: str | None = None,
    visibility: str | None = None,
    password: str | None = None,
    actor: Actor,
    at: datetime,
) -> PersonCard:
    """
    Add the person with this address, or bring an existing one up to what is given.

    What is not given stays as it is; a new person is an employee with no
    password. Raises `InvalidEmail`, `InvalidName`, `UnknownTeam`, `UnknownRole`,
    `UnknownVisibility`.
    """
    address = addresses.normal(email)
    names.require_short(name, longest=names.LONGEST_PERSON)
    user = User.objects.filter(email=address).first()
    if user is None:
        user = _open_account(address, name=name, role=role, actor=actor, at=at)
    else:
        if name:
            change_name(person_id=user.pk, name=name, actor=actor, at=at)
        if role is not None:
            roles.give_role(person_id=user.pk, role=role, actor=actor, at=at)
    if password is not None:
        user.set_password(password)
        user.save(update_fields=["password"])
    if team is not None:
        teams.join_team(person_id=user.pk, team_slug=team, on=clock.day_of(at), actor=actor, at=at)
    if visibility is not None:
        consent.record_choice(person_id=user.pk, visibility=visibility, actor=actor, at=at)
    return queries.person(user.pk)


@transaction.atomic
def change_name(*, person_id: int, name: str, actor: Actor, at: datetime) -> bool:
    """Give the person another name; returns whether it was another one, raises `InvalidName`."""
    names.require_short(name, longest=names.LONGEST_PERSON)
    changed = User.objects.filter(pk=person_id).exclude(name=name).update(name=name)
    if not changed:
        return False
    consent.grow_revision()
    audit.record(
        event=Event.PERSON_CHANGED,
        actor=actor,
        at=at,
        subject=f"user:{person_id}",
    )
    return True


@transaction.atomic
def deactivate(*, person_id: int, actor: Actor, at: datetime) -> None:
    """
    Close the account: sessions, tokens and object permissions end now and do not come back.

    Deactivating twice is no error; raises `UnknownPerson`, `LastAdministrator`.
    """
    roles.require_another_administrator(person_id)
    user = _locked(person_id)
    if not user.is_active:
        return
    user.is_active = False
    user.deactivated_at = at
    user.session_stamp = new_stamp()
    user.save(update_fields=["is_active", "deactivated_at", "session_stamp"])
    PersonalToken.objects.filter(user=user, revoked_at=None).update(revoked_at=at)
    withdrawn = permissions.withdraw_all(user)
    consent.grow_revision()
    audit.record(
        event=Event.PERSON_DEACTIVATED,
        actor=actor,
        at=at,
        count=withdrawn,
        subject=f"user:{person_id}",
    )


@transaction.atomic
def reactivate(*, person_id: int, actor: Actor, at: datetime) -> None:
    """
    Open the account again; who returns signs in anew, in a role given anew.

    Raises `UnknownPerson`.
    """
    user = _locked(person_id)
    if user.is_active:
        return
    user.is_active = True
    user.deactivated_at = None
    user.save(update_fields=["is_active", "deactivated_at"])
    roles.note_giver(user, actor=actor, at=at)
    consent.grow_revision()
    audit.record(
        event=Event.PERSON_REACTIVATED,
        actor=actor,
        at=at,
        subject=f"user:{person_id}",
    )


def _open_account(address: str, *, name: str, role: str | None, actor: Actor, at: datetime) -> User:
    user = User(email=address, name=name, joined_at=at, added_by=actor.reference)
    user.set_unusable_password()
    user.save()
    pseudonyms.enrol_people({user.pk: [Identity(Kind.EMAIL, address)]}, at=at)
    roles.assign_groups(user, role=roles.known(role or Role.EMPLOYEE))
    roles.note_giver(user, actor=actor, at=at)
    consent.grow_revision()
    audit.record(
        event=Event.PERSON_ADDED,
        actor=actor,
        at=at,
        subject=f"user:{user.pk}",
        parameters={"role": str(role or Role.EMPLOYEE)},
    )
    return user


def _locked(person_id: int) -> User:
    user = User.objects.select_for_update().filter(pk=person_id).first()
    if user is None:
        raise UnknownPerson
    return user
