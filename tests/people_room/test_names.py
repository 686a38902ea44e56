"""Names and addresses of any length are refused alike on both databases."""

import pytest
from django.urls import reverse

from apps.common import actors
from apps.people import actions
from apps.people.addresses import InvalidEmail
from apps.people.models import Team, User
from apps.people.names import InvalidName

ACTOR = actors.command("tests")
UNFIT = ["n" * 151, "a\x00b", "a\nb"]


@pytest.mark.django_db
class TestNames:
    @pytest.mark.parametrize("name", UNFIT)
    def test_a_person_gets_no_unfit_one(self, alice, at, name):
        doing = {"actor": ACTOR, "at": at}
        with pytest.raises(InvalidName) as refused:
            actions.add_person(email="dora@corp.example", name=name, **doing)
        assert refused.value.code == "invalid_name"
        assert name not in refused.value.detail
        with pytest.raises(InvalidName):
            actions.change_name(person_id=alice.pk, name=name, **doing)
        with pytest.raises(InvalidName):
            actions.add_people([actions.NewPerson("dora@corp.example", name=name)], **doing)
        assert not User.objects.filter(email="dora@corp.example").exists()

    def test_the_longest_one_is_kept(self, at):
        card = actions.add_person(email="dora@corp.example", name="d" * 150, actor=ACTOR, at=at)
        assert card.name == "d" * 150

    @pytest.mark.parametrize(("slug", "name"), [("s" * 51, "Search"), ("search", "S" * 101)])
    def test_a_team_gets_no_unfit_one(self, at, slug, name):
        with pytest.raises(InvalidName):
            actions.add_team(slug=slug, name=name, actor=ACTOR, at=at)
        assert not Team.objects.exists()

    def test_an_address_too_long_for_an_account_is_none(self, at):
        domain = ".".join(["d" * 60] * 4) + ".example"
        with pytest.raises(InvalidEmail):
            actions.add_person(email=f"somebody@{domain}", actor=ACTOR, at=at)

    def test_the_admin_says_so_in_its_forms(self, administrator, signed_in):
        client = signed_in(administrator)
        for page, given in (
            ("admin:people_user_add", {"email": "dora@corp.example", "role": "employee"}),
            ("admin:people_team_add", {"slug": "search"}),
        ):
            answer = client.post(reverse(page), given | {"name": "a\u200bb"})
            assert answer.status_code == 200
            assert "printable characters only" in answer.content.decode()
