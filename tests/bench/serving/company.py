"""Fill the installation: 300 people on a board of 250, many viewers, a session for each."""

import json
import sys
from datetime import timedelta
from pathlib import Path

import django


def main(target: str, viewers: int) -> None:
    """Write the session keys of the viewers to the target file."""
    django.setup()
    from django.contrib.auth import (
        BACKEND_SESSION_KEY,
        HASH_SESSION_KEY,
        SESSION_KEY,
        get_user_model,
    )
    from django.contrib.auth.models import Group

    from apps.common import actors, clock
    from apps.people import actions as people
    from apps.people.sessions import SessionStore
    from apps.rankings import actions as rankings
    from apps.usage import actions as usage
    from apps.usage import queries
    from apps.usage.formats import UsageEvent

    at, operator = clock.now(), actors.command("bench")
    choices = ("pseudonymous", "pseudonymous", "named")
    staff = [
        people.NewPerson(
            email=f"p{number}@corp.example",
            name=f"Person {number}",
            visibility=choices[number % 3] if number < 300 else "private",
        )
        for number in range(300 + viewers)
    ]
    ids = people.add_people(staff, actor=operator, at=at)
    usage.add_source(slug="feed", actor=operator, at=at)
    events = [
        UsageEvent(
            line=number + 1,
            id=f"r{number}",
            at=at - timedelta(days=1),
            model="claude-opus-4-6",
            provider="anthropic",
            identity=f"p{number}@corp.example",
            output_tokens=10**9 // (number + 1),
        )
        for number in range(300)
    ]
    usage.ingest(source=queries.source("feed"), events=events, at=at)
    rankings.seed_boards(actor=operator, at=at)
    employees = Group.objects.get(name="employees")
    rankings.allow_viewing("tokens-30d", holders=[employees], actor=operator, at=at)
    rankings.refresh_standings(at=at)
    rankings.publish("tokens-30d", at=at)
    keys = []
    for user in get_user_model().objects.filter(pk__in=ids[:viewers]):
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        keys.append(session.session_key)
    Path(target).write_text(json.dumps(keys))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
