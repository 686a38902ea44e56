"""Badges as data: drafts, previews that tell of no few people, publishing, the admin."""

import json

import pytest
from django.urls import reverse

from apps.audit import queries as audit
from apps.audit.events import Event
from apps.badges import actions, people_facts, queries, tasks
from apps.badges.defaults import DEFAULTS
from apps.badges.models import Award, Badge
from apps.common import clock
from apps.runs.models import Run
from apps.shutter import actions as shutter
from apps.shutter.queries import Shuttered
from apps.shutter.scopes import ScopeName
from tests.rankings.company import ACTOR, Company


def preview(badge, company):
    return actions.preview(badge.pk, on=company.today, actor=ACTOR, at=company.at)


class TestSeedDefaults:
    def test_a_new_installation_has_them_published(self, db):
        found = list(Badge.objects.values_list("slug", "is_published"))
        assert found == [(default["slug"], True) for default in DEFAULTS]

    def test_it_adds_what_is_missing_and_leaves_what_was_edited(self, company):
        Badge.objects.filter(slug="explorer").delete()
        Badge.objects.filter(slug="first-light").update(title="Dawn")
        assert actions.seed_defaults(actor=ACTOR, at=company.at) == 1
        assert Badge.objects.get(slug="first-light").title == "Dawn"
        assert Badge.objects.get(slug="explorer").is_published


class TestPreview:
    def test_it_counts_before_and_after_without_awarding(self, company):
        names = [f"n{number}" for number in range(12)]
        company.hire(names)
        for name in names:
            company.work(name)
        badge = Badge.objects.get(slug="first-light")
        badge.draft = {"active_days": 2}
        badge.save()
        found = preview(badge, company)
        assert (found.before, found.after) == ("about 10", "fewer than 10")
        assert not Award.objects.exists()

    def test_it_never_tells_a_count_below_ten(self, company):
        company.hire(["ann"])
        badge = Badge.objects.get(slug="first-light")
        nobody = preview(badge, company)
        company.work("ann")
        assert preview(badge, company) == nobody
        assert nobody.before == nobody.after == "fewer than 10"

    def test_it_refuses_a_draft_that_its_rule_cannot_take(self, company):
        badge = Badge.objects.get(slug="token-legend")
        badge.draft = {"weeks": 40}
        badge.save()
        with pytest.raises(actions.InvalidDraft, match="'weeks' must lie between 2 and 12"):
            preview(badge, company)

    def test_it_counts_in_whole_tens_downwards(self):
        words = [actions.counted(count) for count in (0, 9, 10, 19, 20, 85_009)]
        assert words == ["fewer than 10"] * 2 + ["about 10"] * 2 + ["about 20", "about 85000"]

    def test_it_is_written_down_once(self, company):
        badge = Badge.objects.get(slug="first-light")
        badge.draft = {"active_days": 2}
        badge.save()
        preview(badge, company)
        [entry] = audit.entries(event=Event.BADGE_PREVIEWED)
        assert (entry.actor, entry.count) == (ACTOR.reference, 0)
        assert entry.parameters["active_days"] == 2

    def test_it_counts_nobody_while_everything_is_shut(self, company, monkeypatch):
        badge = Badge.objects.get(slug="first-light")
        counting = people_facts.portions

        def closing(*given, **named):
            shutter.close(scope=ScopeName.ALL, actor=ACTOR, at=company.at)
            return counting(*given, **named)

        with monkeypatch.context() as patch, pytest.raises(Shuttered):
            patch.setattr(people_facts, "portions", closing)
            preview(badge, company)
        with pytest.raises(Shuttered):
            preview(badge, company)
        assert len(audit.entries(event=Event.BADGE_PREVIEWED)) == 1


class TestPublish:
    def test_it_puts_the_draft_in_force_and_writes_it_down(self, company):
        badge = Badge.objects.get(slug="steady-hand")
        badge.draft = {"active_days": 2}
        badge.save()
        company.hire(["ann"])
        company.work("ann", days_ago=1)
        company.work("ann", days_ago=2)
        actions.evaluate(on=company.today, at=company.at)
        subject = company.subject("ann")
        assert [ref.slug for ref in queries.held_by([subject])[subject]] == ["first-light"]
        before = queries.rules_digest()
        actions.publish(badge.pk, actor=ACTOR, at=company.at)
        assert queries.rules_digest() != before
        actions.evaluate(on=company.today, at=company.at)
        assert "steady-hand" in [ref.slug for ref in queries.held_by([subject])[subject]]
        badge.refresh_from_db()
        assert badge.parameters == badge.draft == {"active_days": 2, "window_days": 30}
        entry = audit.entries(event=Event.BADGE_PUBLISHED)[0]
        assert entry.parameters["active_days"] == 2

    def test_it_refuses_one_gate_above_bronze(self, company):
        badge = Badge.objects.get(slug="model-connoisseur")
        badge.draft = {"active_days": 1}
        badge.save()
        with pytest.raises(actions.InvalidDraft, match="volume and for several days"):
            actions.publish(badge.pk, actor=ACTOR, at=company.at)
        badge.refresh_from_db()
        assert badge.parameters["active_days"] == 8


class TestAdmin:
    def post(self, client, badge, **changed):
        page = reverse("admin:badges_badge_change", args=[badge.pk])
        kept = {
            name: getattr(badge, name)
            for name in ("slug", "title", "tier", "description", "position", "rule")
        }
        draft = {"draft": json.dumps(badge.draft)}
        return client.post(page, {**kept, **draft, **changed})

    def test_it_saves_a_draft_that_counts_for_nobody_yet(self, company, administrator, signed_in):
        badge = Badge.objects.get(slug="first-light")
        answer = self.post(signed_in(administrator), badge, draft='{"active_days": 3}')
        assert answer.status_code == 302
        badge.refresh_from_db()
        assert (badge.draft, badge.parameters["active_days"]) == ({"active_days": 3}, 1)
        entry = audit.entries(event=Event.BADGE_CHANGED)[0]
        assert entry.actor == f"user:{administrator.pk}"

    def test_it_says_what_is_wrong_with_a_draft(self, company, administrator, signed_in):
        badge = Badge.objects.get(slug="first-light")
        answer = self.post(signed_in(administrator), badge, draft='{"active_days": 0, "x": 1}')
        errors = answer.context["adminform"].form.errors["draft"]
        assert len(errors) == 2
        assert "There is no parameter 'x'" in errors[0]

    def test_its_buttons_preview_and_publish(self, company, administrator, signed_in):
        badge = Badge.objects.get(slug="first-light")
        Badge.objects.filter(pk=badge.pk).update(draft={"active_days": 3})
        wrong = Badge.objects.get(slug="explorer")
        Badge.objects.filter(pk=wrong.pk).update(draft={"models": "many"})
        client = signed_in(administrator)
        for button in ("preview_drafts", "publish_drafts"):
            answer = client.post(
                reverse("admin:badges_badge_changelist"),
                {"action": button, "_selected_action": [badge.pk, wrong.pk]},
                follow=True,
            )
            said = " ".join(str(one) for one in answer.context["messages"])
            assert "Explorer: 'models' must be a whole number." in said
        [entry] = audit.entries(event=Event.BADGE_PREVIEWED)
        assert entry.actor == f"user:{administrator.pk}"
        badge.refresh_from_db()
        assert badge.parameters["active_days"] == 3


@pytest.mark.django_db(transaction=True)
class TestAwardDue:
    def test_it_judges_once_a_day_and_again_under_new_rules(self):
        company = Company(clock.now())
        actions.seed_defaults(actor=ACTOR, at=company.at)
        company.hire(["ann"])
        company.work("ann", days_ago=1)
        tasks.award_due.delay(later_keyword=1)
        tasks.award_due.delay()
        assert Run.objects.get(kind="badges.award").outcome["awarded"] == 1
        badge = Badge.objects.get(slug="steady-hand")
        badge.draft = {"active_days": 1}
        badge.save()
        actions.publish(badge.pk, actor=ACTOR, at=company.at)
        tasks.award_due.delay()
        assert Run.objects.filter(kind="badges.award", state="done").count() == 2
        assert Award.objects.count() == 2
