"""The admin's list of uploads: what went wrong, and never when and how much one person works."""

import re
from datetime import timedelta

import pytest

from apps.usage.models import Source, Upload
from tests.feeds import crowd, source

pytestmark = pytest.mark.django_db
PAGE = "/admin/usage/upload/"


@pytest.fixture
def desk(administrator, signed_in):
    return signed_in(administrator)


@pytest.fixture
def personal(at):
    each = source("p-17", at=at)
    Source.objects.filter(pk=each.pk).update(subject=crowd(1, at=at)[0])
    each.refresh_from_db()
    return each


@pytest.fixture
def shared(at):
    return source("gateway", at=at)


def upload(each, at, state="failed", **given):
    return Upload.objects.create(
        source=each, form="records", size=76_543, received_at=at, state=state,
        error="What was sent cannot be read.", **given,
    )  # fmt: skip


def rows_of(page):
    text = page.content.decode()
    return re.findall(r"<tr><td.*?</tr>", text, re.DOTALL)


class TestPersonalSources:
    @pytest.mark.parametrize("state", ["waiting", "working", "done"])
    def test_what_did_not_fail_is_not_shown(self, desk, personal, at, state):
        hidden = upload(personal, at, state)
        assert rows_of(desk.get(PAGE)) == []
        assert desk.get(f"{PAGE}?state__exact={state}").status_code == 200
        assert desk.get(f"{PAGE}{hidden.pk}/change/").status_code == 302

    def test_what_failed_has_a_day_and_neither_moment_source_nor_size(self, desk, personal, at):
        failed = upload(personal, at, finished_at=at, lease_until=at)
        for page in (desk.get(PAGE), desk.get(f"{PAGE}{failed.pk}/change/")):
            text = page.content.decode()
            assert "a personal source" in text and "cannot be read" in text
            assert "Nov. 20, 2026" in text or "2026-11-20" in text
            for secret in ("p-17", "76543", "76,543", "noon", "12:00", "12 p.m."):
                assert secret not in text, secret

    def test_its_place_tells_no_moment(self, desk, personal, shared, at):
        for hours in (3, 1):
            upload(shared, at - timedelta(hours=hours))
        upload(personal, at - timedelta(hours=2))
        upload(shared, at - timedelta(days=1))
        found = ["a personal source" in row for row in rows_of(desk.get(PAGE))]
        assert found == [False, False, True, False]

    def test_it_can_be_tried_again(self, desk, personal, at):
        failed = upload(personal, at)
        failed.parts.create(number=0, sealed=b"sealed")
        desk.post(PAGE, {"action": "try_again", "_selected_action": failed.pk})
        failed.refresh_from_db()
        assert failed.state == "waiting"


def test_shared_sources_are_shown_whatever_became_of_it(desk, shared, at):
    for state in Upload.State.values:
        upload(shared, at, state)
    rows = rows_of(desk.get(PAGE))
    assert len(rows) == len(Upload.State.values)
    assert all("gateway" in row and "76543" in row and "noon" in row for row in rows)
