"""Awarding over real facts: earned, kept, revoked, and how far the others are."""

from datetime import timedelta

import pytest

from apps.audit import queries as audit
from apps.audit.events import Event
from apps.badges import actions, people_facts, queries
from apps.badges.actions import awards
from apps.badges.models import Award, Badge, Progress
from apps.people import actions as people
from apps.pseudonyms import actions as pseudonyms
from apps.pseudonyms.identities import Identity, Kind
from apps.usage.models import DayTotal
from tests.rankings.company import ACTOR


def evaluate(company, *, days_later=0):
    later = timedelta(days=days_later)
    return actions.evaluate(on=company.today + later, at=company.at + later)


def slugs(company, name):
    subject = company.subject(name)
    return [ref.slug for ref in queries.held_by([subject]).get(subject, [])]


class TestEvaluate:
    def test_it_awards_with_evidence_and_once(self, company):
        company.hire(["ann"])
        company.work("ann", days_ago=3)
        assert evaluate(company).awarded == 1
        award = Award.objects.get()
        assert (award.badge.slug, award.subject) == ("first-light", company.subject("ann"))
        assert award.awarded_on == company.today
        assert award.evidence == {
            "active_days": 1,
            "first_day": (company.today - timedelta(days=3)).isoformat(),
        }
        again = evaluate(company)
        assert (again.awarded, again.revoked) == (0, 0)
        assert Award.objects.count() == 1
        assert len(audit.entries(event=Event.BADGES_EVALUATED)) == 1

    def test_a_streak_and_a_third_model_and_a_second_provider_are_entry_ranks(self, company):
        company.hire(["ann"])
        for number, (provider, model) in enumerate(
            [("anthropic", "a"), ("anthropic", "b"), ("openai", "c")]
        ):
            company.work("ann", days_ago=number, provider=provider, model=model)
        evaluate(company)
        assert slugs(company, "ann") == ["first-light", "explorer", "second-opinion"]
        company.work("ann", days_ago=3)
        company.work("ann", days_ago=4)
        evaluate(company)
        assert "week-streak" in slugs(company, "ann")

    def test_it_revokes_a_silver_badge_when_the_window_has_passed(self, company):
        company.hire(["ann", "ben"])
        company.work("ben")
        for number in range(1, 9):
            company.work("ann", days_ago=number, fresh=10, cache_read_tokens=10_000)
        evaluate(company)
        assert "cache-wizard" in slugs(company, "ann")
        done = evaluate(company, days_later=25)
        assert done.revoked >= 1
        assert "cache-wizard" not in slugs(company, "ann")
        assert Award.objects.get(badge__slug="cache-wizard").revoked_on is not None

    def test_it_keeps_an_entry_rank_when_the_window_has_passed(self, company):
        company.hire(["ann"])
        company.work("ann", days_ago=1)
        evaluate(company)
        evaluate(company, days_later=60)
        assert slugs(company, "ann") == ["first-light"]

    def test_it_revokes_an_entry_rank_whose_evidence_was_taken_back(self, company):
        company.hire(["ann"])
        company.work("ann", days_ago=1)
        evaluate(company)
        DayTotal.objects.all().delete()
        assert evaluate(company).revoked == 1
        assert slugs(company, "ann") == []

    def test_it_awards_again_after_a_revocation(self, company):
        company.hire(["ann"])
        company.work("ann", days_ago=1)
        evaluate(company)
        DayTotal.objects.all().delete()
        evaluate(company)
        company.work("ann", days_ago=1)
        evaluate(company)
        assert Award.objects.filter(revoked_on=None).count() == 1
        assert Award.objects.count() == 2

    def test_it_notes_progress_towards_what_is_missing(self, company):
        company.hire(["ann"])
        for number in range(3):
            company.work("ann", days_ago=number)
        evaluate(company)
        records = {one.slug: one for one in queries.record_of([company.subject("ann")])}
        assert records["first-light"].held_since == company.today
        assert records["first-light"].progress_thousandths == 1000
        assert records["steady-hand"].held_since is None
        assert records["steady-hand"].progress_thousandths == 200
        assert records["steady-hand"].evidence["active_days"] == 3
        assert records["deep-work"].progress_thousandths == 0
        assert [one.slug for one in queries.catalogue()] == list(records)

    def test_it_drops_progress_once_the_badge_is_held(self, company):
        company.hire(["ann"])
        company.work("ann", days_ago=1)
        company.work("ann", days_ago=2)
        evaluate(company)
        steady = Progress.objects.filter(badge__slug="steady-hand")
        assert steady.get().thousandths == 133
        for number in range(3, 17):
            company.work("ann", days_ago=number)
        evaluate(company)
        assert not steady.exists()
        assert "steady-hand" in slugs(company, "ann")

    def test_automation_never_earns(self, company):
        people.add_service_account(
            slug="builder",
            label="Builder",
            identity="builder@corp.example",
            actor=ACTOR,
            at=company.at,
        )
        company.hire(["ann"])
        company.work("builder")
        company.work("ann", is_automation=True)
        assert evaluate(company).awarded == 0

    def test_a_service_that_was_taken_for_somebody_loses_its_badges(self, company):
        subject = people.add_service_account(
            slug="builder",
            label="Builder",
            identity="builder@corp.example",
            actor=ACTOR,
            at=company.at,
        )
        company.work("builder")
        assert evaluate(company).awarded == 0
        badge = Badge.objects.get(slug="first-light")
        Award.objects.create(badge=badge, subject=subject, awarded_on=company.today, evidence={})
        Progress.objects.create(badge=badge, subject=subject, thousandths=5, evidence={})
        assert evaluate(company).revoked == 1
        assert not Progress.objects.exists()

    def test_it_judges_a_person_over_all_their_subjects(self, company):
        ids = company.hire(["ann"])
        company.work("ann", model="a", days_ago=1)
        company.work("ann.elsewhere", model="b", days_ago=1)
        company.work("ann.elsewhere", model="c", days_ago=2)
        evaluate(company)
        stranger = Identity(Kind.EMAIL, "ann.elsewhere@corp.example")
        claimed = pseudonyms.subjects_for([stranger], at=company.at)[stranger].subject
        pseudonyms.claim(claimed, person_id=ids[0], actor=ACTOR, at=company.at)
        evaluate(company)
        assert slugs(company, "ann") == ["first-light", "explorer"]
        assert not Award.objects.filter(subject=claimed, revoked_on=None).exists()
        assert not Progress.objects.filter(subject=claimed).exists()

    def test_one_portion_after_the_other_gives_the_same(self, company, monkeypatch):
        names = [f"n{number}" for number in range(7)]
        company.hire(names)
        for number, name in enumerate(names):
            company.work(name, days_ago=number % 3)
            company.work(name, days_ago=4, model="b")
        evaluate(company)
        every = list(Award.objects.order_by("badge", "subject").values("badge", "subject"))
        progress = list(Progress.objects.order_by("badge", "subject").values("badge", "evidence"))
        Award.objects.all().delete()
        Progress.objects.all().delete()
        monkeypatch.setattr(people_facts, "PORTION", 2)
        evaluate(company)
        assert list(Award.objects.order_by("badge", "subject").values("badge", "subject")) == every
        again = list(Progress.objects.order_by("badge", "subject").values("badge", "evidence"))
        assert again == progress

    def test_killed_between_two_portions_it_goes_on(self, company, monkeypatch):
        company.hire(["ann", "ben", "cai"])
        for name in ("ann", "ben", "cai"):
            company.work(name)
        monkeypatch.setattr(people_facts, "PORTION", 1)
        apply, applied = awards._apply, []

        def dies(changes, on):
            if len(applied) == 1:
                raise KeyboardInterrupt
            applied.append(changes)
            apply(changes, on)

        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(awards, "_apply", dies)
            evaluate(company)
        assert Award.objects.count() == 1
        assert evaluate(company).awarded == 2
        assert Award.objects.count() == 3

    def test_unpublished_badges_are_awarded_to_nobody(self, company):
        company.hire(["ann"])
        company.work("ann")
        Badge.objects.update(is_published=False)
        assert evaluate(company).awarded == 0


class TestTokenLegend:
    def test_it_goes_to_the_top_of_the_company_week_after_week(self, company):
        names = ["ann", "ben", "cai"]
        company.hire(names)
        for number in range(28):
            for place, name in enumerate(names):
                company.work(name, days_ago=number, fresh=100 * (place + 1))
        company.work("ann", days_ago=2, fresh=10**9)
        evaluate(company)
        assert slugs(company, "cai")[0] == "token-legend"
        assert "token-legend" not in slugs(company, "ann")
        assert "token-legend" not in slugs(company, "ben")


class TestHolderCounts:
    def test_it_counts_only_those_asked_about(self, company):
        company.hire(["ann", "ben"])
        company.work("ann")
        company.work("ben")
        evaluate(company)
        ann, ben = company.subject("ann"), company.subject("ben")
        assert queries.holder_counts([ann, ben]) == {"first-light": 2}
        assert queries.holder_counts([ann]) == {"first-light": 1}
        assert queries.holder_counts([]) == {}


class TestForget:
    def test_it_leaves_nothing_of_the_subject(self, company):
        company.hire(["ann", "ben"])
        company.work("ann")
        company.work("ben")
        evaluate(company)
        actions.forget([company.subject("ann")])
        assert queries.held_by([company.subject("ann")]) == {}
        assert not Progress.objects.filter(subject=company.subject("ann")).exists()
        assert slugs(company, "ben") == ["first-light"]
