"""Many callers at once: no identity ever gets two subjects."""

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from apps.pseudonyms import actions, queries
from apps.pseudonyms.models import Alias, Claim, Link, Subject, SubjectKey
from tests.pseudonyms.conftest import account, address

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 6
NAMES = range(120)


def at_once(*calls):
    """Run the calls in threads that begin together; return what each returned."""
    barrier = Barrier(len(calls), timeout=30)

    def run(call):
        barrier.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def shuffled(items, seed):
    return random.Random(seed).sample(items, len(items))


class TestSubjectsFor:
    @pytest.mark.parametrize("is_in_transaction", [True, False])
    def test_concurrent_callers_agree(self, at, is_in_transaction):
        identities = [account(f"a-{number}") for number in NAMES]

        def look_up(seed):
            mine = shuffled(identities, seed)[: len(identities) * 3 // 4]
            if is_in_transaction:
                with transaction.atomic():
                    return actions.subjects_for(mine, at=at)
            return actions.subjects_for(mine, at=at)

        answers = at_once(*(lambda seed=seed: look_up(seed) for seed in range(THREADS)))
        agreed = {}
        for answer in answers:
            for identity, ref in answer.items():
                assert agreed.setdefault(identity, ref) == ref
        assert len({ref.subject for ref in agreed.values()}) == len(agreed)
        counts = {model.objects.count() for model in (Alias, Subject, SubjectKey, Claim)}
        assert counts == {len(agreed)}


class TestEnrolPeople:
    def test_it_meets_intake_that_sees_the_same_people(self, at):
        identities = [address(f"p{number}") for number in NAMES]
        people = {number + 1: [identities[number]] for number in NAMES}

        def enrol(seed):
            return actions.enrol_people(dict(shuffled(list(people.items()), seed)), at=at)

        def see(seed):
            return actions.subjects_for(shuffled(identities, seed), at=at)

        at_once(
            *(lambda seed=seed: enrol(seed) for seed in range(2)),
            *(lambda seed=seed: see(seed) for seed in range(4)),
        )
        roots = queries.subjects_of(people.keys())
        refs = actions.subjects_for(identities, at=at)
        assert {person: refs[some[0]].subject for person, some in people.items()} == roots
        assert len(set(roots.values())) == len(NAMES)
        counts = {model.objects.count() for model in (Alias, Subject, SubjectKey, Link)}
        assert counts == {len(NAMES)}
        assert not Claim.objects.exists()


class TestClaim:
    def test_only_one_of_two_people_gets_the_subject(self, at, operator):
        actions.enrol_people({1: [], 2: []}, at=at)
        subject = actions.subjects_for([account("a-1")], at=at)[account("a-1")].subject

        def attempt(person):
            try:
                return actions.claim(subject, person_id=person, actor=operator, at=at)
            except actions.AlreadyClaimed:
                return None

        won = [root for root in at_once(lambda: attempt(1), lambda: attempt(2)) if root]
        assert len(won) == 1
        assert queries.roots() == {subject: won[0]}
