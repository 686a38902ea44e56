"""The lists of the admin answer no question about columns that they do not show."""

import pytest
from django.contrib import admin
from django.urls import reverse

from apps.common.administration import BoundedAdmin

PEOPLE = "admin:people_user_changelist"
SOURCES = "admin:usage_source_changelist"


@pytest.fixture
def desk(administrator, signed_in):
    """The client of an administrator."""
    return signed_in(administrator)


class TestWhatAnAddressAsks:
    @pytest.mark.parametrize(
        ("page", "question"),
        [
            (PEOPLE, "email=alice@corp.example&password__startswith=md5"),
            (PEOPLE, "email__exact=alice@corp.example&session_stamp__gte=0"),
            (PEOPLE, "groups__user__password__contains=a"),
            (PEOPLE, "email__regex=a"),
            (SOURCES, "subject__gte=5"),
            (SOURCES, "subject__isnull=1"),
            (SOURCES, "id__gte=0"),
        ],
    )
    def test_it_is_refused_about_what_the_page_does_not_offer(self, desk, alice, page, question):
        assert desk.get(f"{reverse(page)}?{question}").status_code == 400

    @pytest.mark.parametrize(
        ("page", "question"),
        [
            (PEOPLE, "is_active__exact=1"),
            (PEOPLE, "groups__id__exact=1"),
            (PEOPLE, "email=alice@corp.example"),
            (PEOPLE, "q=alice&o=1"),
            (SOURCES, "is_active__exact=1"),
        ],
    )
    def test_it_is_answered_about_what_the_page_offers(self, desk, alice, page, question):
        assert desk.get(f"{reverse(page)}?{question}").status_code == 200

    def test_each_link_of_each_filter_works(self, desk, alice):
        for model, page in admin.site._registry.items():
            if not page.list_filter:
                continue
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
            answer = desk.get(reverse(name))
            changes = answer.context["cl"]
            for spec in changes.filter_specs:
                for choice in spec.choices(changes):
                    assert desk.get(reverse(name) + choice["query_string"]).status_code == 200


class TestEveryAdmin:
    def test_it_is_bounded(self):
        """Django's own base lets an address filter by any column of the table."""
        for page in admin.site._registry.values():
            assert isinstance(page, BoundedAdmin), page
            assert type(page).lookup_allowed is BoundedAdmin.lookup_allowed, page

    def test_there_are_some(self):
        assert len(admin.site._registry) > 8
