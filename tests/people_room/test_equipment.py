"""What an installation starts with, also after its tables were emptied."""

import pytest
from django.contrib.auth.models import Group
from django.core.management.sql import emit_post_migrate_signal

from apps.common import permissions
from apps.people import equipment, queries
from apps.people.models import ConsentWording, Policy
from apps.people.roles import GROUP_OF

FIGURES = ("release", "standing", "award", "progress", "daytotal", "session", "subject", "detail")


def administrators():
    return Group.objects.get(name="administrators")


@pytest.mark.django_db
class TestEquipment:
    def test_it_makes_the_groups(self):
        assert set(Group.objects.values_list("name", flat=True)) == set(GROUP_OF.values())

    def test_it_lets_administrators_edit_definitions_and_no_figures(self):
        held = set(administrators().permissions.values_list("codename", flat=True))
        assert {"change_user", "add_board", "change_badge", "add_source", "change_scope"} <= held
        assert not [name for name in held for figure in FIGURES if figure in name]

    def test_it_gives_other_roles_no_permission_on_whole_tables(self):
        others = Group.objects.exclude(name="administrators")
        assert not [group for group in others if group.permissions.exists()]

    def test_it_lets_administrators_close_and_auditors_read_the_log(self):
        named = dict(Group.objects.values_list("pk", "name"))
        held = {
            (named[row.holder_id], row.permission, row.key)
            for row in permissions.grants()
            if row.holder_kind == "group"
        }
        assert {("administrators", "close", key) for key in ("all", "boards", "reports")} <= held
        assert ("auditors", "read_audit", "log") in held

    def test_it_changes_nothing_the_second_time(self):
        held = permissions.grants(), administrators().permissions.count()
        equipment.equip_after_migrating("default")
        assert (permissions.grants(), administrators().permissions.count()) == held


@pytest.mark.django_db
class TestAfterEmptying:
    def test_it_is_there_again(self):
        # Transactional tests empty every table, and migrating sends the signal afterwards.
        Policy.objects.all().delete()
        ConsentWording.objects.all().delete()
        Group.objects.all().delete()
        emit_post_migrate_signal(verbosity=0, interactive=False, db="default")
        assert queries.default_visibility() == "private"
        assert queries.current_wording().version == 1
        assert administrators().permissions.exists()
        assert any(row.permission == "close" for row in permissions.grants())
