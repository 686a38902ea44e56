"""Unknown identities: who sees them, whose they become, and what the log says of it."""

from datetime import timedelta

import pytest

from apps.audit import queries as log
from apps.audit.events import Event
from apps.audit.models import Entry
from apps.common import actors
from apps.people import actions as accounts
from apps.people import queries as people
from apps.pseudonyms import actions as pseudonyms
from apps.pseudonyms import handles
from apps.pseudonyms import queries as known_names
from apps.pseudonyms.identities import reported
from apps.rights import actions as rights
from apps.usage import actions as usage
from apps.usage import queries as usage_queries
from tests.people import PASSWORD
from tests.usage.events import AT, event, source

pytestmark = pytest.mark.django_db


@pytest.fixture
def strangers(db):
    """Two names that nobody knows, with usage."""
    where = source()
    events = [event(1, identity="ally"), event(2, identity="ally"), event(3, identity="build-bot")]
    usage.ingest(source=where, events=events, at=AT)


def waiting(user, **asked):
    return rights.waiting_identities(user=user, at=AT, **asked)


def handle_of(user, name):
    (row,) = waiting(user, containing=name).rows
    return row.handle


def subject_of(name):
    return known_names.known_subjects([reported(name)])[reported(name)].subject


def record_of(person):
    root = known_names.subject_of(person.pk)
    rows = usage_queries.totals(by=[], subjects=known_names.family_of(root))
    return sum(row.total_tokens for row in rows)


class TestTheQueue:
    def test_it_shows_names_and_days_and_no_subject(self, administrator, strangers):
        found = waiting(administrator)
        assert {(row.value, row.kind, row.first_seen_on) for row in found.rows} == {
            ("ally", "login", AT.date()),
            ("build-bot", "login", AT.date()),
        }
        assert (found.total, found.page, found.pages) == (2, 1, 1)
        assert str(subject_of("ally")) not in repr(found)

    def test_it_is_searched_in_any_case(self, administrator, strangers):
        found = waiting(administrator, containing=" BUILD ")
        assert [row.value for row in found.rows] == ["build-bot"]
        assert waiting(administrator, containing="nobody").rows == []

    def test_it_is_paged(self, administrator):
        names = [reported(f"p{number:03}") for number in range(205)]
        pseudonyms.subjects_for(names, at=AT)
        pages = [waiting(administrator, page=number) for number in (1, 2, 3, 4)]
        assert [len(page.rows) for page in pages] == [100, 100, 5, 0]
        assert len({row.value for page in pages for row in page.rows}) == 205
        assert {page.pages for page in pages} == {3}
        assert waiting(administrator, containing="p", page=3).total == 205

    def test_each_look_is_written_down_without_what_was_searched(self, administrator, strangers):
        waiting(administrator)
        waiting(administrator, containing="ally")
        searched, listed = log.entries(event=Event.CLAIMS_LISTED)
        assert (listed.actor, listed.count, listed.rule) == (
            f"user:{administrator.pk}",
            2,
            "listed",
        )
        assert (searched.count, searched.rule) == (1, "searched")
        assert "ally" not in repr([searched, listed])

    @pytest.mark.parametrize("who", ["alice", "auditor"])
    def test_nobody_else_sees_it_and_trying_is_written_down(self, request, who, strangers):
        person = request.getfixturevalue(who)
        with pytest.raises(rights.NotAdministrator):
            waiting(person)
        (entry,) = log.entries(event=Event.CLAIMS_LISTED)
        assert (entry.outcome, entry.rule) == ("deny", "not_administrator")

    def test_whoever_is_no_administrator_any_more_decides_nothing(self, administrator, strangers):
        handle = handle_of(administrator, "ally")
        administrator.groups.clear()
        for act in (rights.refuse_identity, rights.readmit_identity):
            with pytest.raises(rights.NotAdministrator):
                act(user=administrator, handle=handle, at=AT)
        assert not known_names.known_subjects([reported("ally")])[reported("ally")].is_refused


class TestHandles:
    def test_they_open_for_their_viewer_alone(self, administrator, second_administrator, strangers):
        handle = handle_of(administrator, "ally")
        assert handles.subject_behind(handle, viewer=administrator.pk) == subject_of("ally")
        for other, viewer in ((handle, second_administrator.pk), ("x", administrator.pk)):
            with pytest.raises(handles.UnknownHandle):
                handles.subject_behind(other, viewer=viewer)

    @pytest.mark.parametrize("handle", ["", "\u00e9", "A", "AAAA", "A" * 4000, "7"])
    def test_anything_else_is_refused(self, administrator, handle):
        with pytest.raises(handles.UnknownHandle):
            rights.refuse_identity(user=administrator, handle=handle, at=AT)


class TestClaiming:
    def claim(self, user, name, email):
        handle = handle_of(user, name)
        return rights.claim_identity(user=user, handle=handle, email=email, at=AT)

    def test_all_its_usage_is_the_persons_and_nothing_is_recounted(
        self, administrator, alice, strangers
    ):
        before = usage_queries.totals(by=["day", "model"])
        assert self.claim(administrator, "ally", "Alice@corp.example") == "Alice"
        assert record_of(alice) == 200
        assert usage_queries.totals(by=["day", "model"]) == before
        assert [row.value for row in waiting(administrator).rows] == ["build-bot"]

    def test_later_usage_under_it_is_the_persons(self, administrator, alice, strangers):
        self.claim(administrator, "ally", "alice@corp.example")
        later = [event(9, identity="ally")]
        usage.ingest(source=usage_queries.source("gateway"), events=later, at=AT)
        assert record_of(alice) == 300

    def test_standings_follow(self, administrator, alice, strangers):
        usage_queries.take_touched()
        self.claim(administrator, "ally", "alice@corp.example")
        assert known_names.subject_of(alice.pk) in usage_queries.take_touched()

    def test_the_log_names_neither_the_person_nor_the_name(self, administrator, alice, strangers):
        subject = subject_of("ally")
        before = [each for each in log.entries(limit=200) if each.subject == f"user:{alice.pk}"]
        self.claim(administrator, "ally", "alice@corp.example")
        (entry,) = log.entries(event=Event.CLAIM_RESOLVED)
        assert (entry.actor, entry.subject) == (f"user:{administrator.pk}", None)
        about = [each for each in log.entries(limit=200) if each.subject == f"user:{alice.pk}"]
        assert about == before
        written = repr(log.entries(limit=200)) + repr([bytes(e.leaf) for e in Entry.objects.all()])
        assert "ally" not in written and str(subject) not in written

    def test_nobody_takes_a_name_for_themself(self, administrator, second_administrator, strangers):
        with pytest.raises(rights.OwnClaim) as refusal:
            self.claim(administrator, "ally", administrator.email)
        assert refusal.value.code == "own_claim"
        assert log.entries(event=Event.CLAIM_RESOLVED)[0].rule == "own_claim"
        self.claim(second_administrator, "ally", administrator.email)
        assert record_of(administrator) == 200

    @pytest.mark.parametrize("is_invited", [True, False])
    def test_nobody_takes_a_name_for_an_account_that_they_have_just_made(
        self, administrator, second_administrator, strangers, is_invited
    ):
        maker = actors.user(administrator.pk, role="admin")
        if is_invited:
            link = accounts.invite(email="new@corp.example", actor=maker, at=AT)
            card = accounts.accept_invitation(
                token=link.link_token, name="New", password=PASSWORD, at=AT
            )
        else:
            card = accounts.add_person(email="new@corp.example", name="New", actor=maker, at=AT)
        with pytest.raises(rights.NewAccount) as refusal:
            self.claim(administrator, "ally", "new@corp.example")
        assert refusal.value.code == log.entries(event=Event.CLAIM_RESOLVED)[0].rule
        self.claim(second_administrator, "ally", "new@corp.example")
        later = {"user": administrator, "handle": handle_of(administrator, "build-bot")}
        rights.claim_identity(**later, email=card.email, at=AT + timedelta(days=31))
        assert waiting(administrator).total == 0

    def test_a_name_is_claimed_once(self, administrator, alice, bob, strangers):
        handle = handle_of(administrator, "ally")
        self.claim(administrator, "ally", alice.email)
        with pytest.raises(pseudonyms.AlreadyClaimed):
            rights.claim_identity(user=administrator, handle=handle, email=bob.email, at=AT)
        assert record_of(bob) == 0

    def test_whom_nobody_knows_gets_nothing(self, administrator, strangers):
        for email in ("nobody@corp.example", "", "no address"):
            with pytest.raises(people.UnknownPerson):
                self.claim(administrator, "ally", email)
        assert waiting(administrator).total == 2


class TestRefusing:
    def test_it_leaves_the_queue_and_can_be_taken_back(self, administrator, strangers):
        handle = handle_of(administrator, "ally")
        rights.refuse_identity(user=administrator, handle=handle, at=AT)
        assert [row.value for row in waiting(administrator).rows] == ["build-bot"]
        (refused,) = waiting(administrator, is_refused=True).rows
        assert refused.value == "ally"
        rights.readmit_identity(user=administrator, handle=refused.handle, at=AT)
        assert waiting(administrator).total == 2
        assert waiting(administrator, is_refused=True).rows == []

    def test_later_usage_is_rejected_and_totals_stay(self, administrator, strangers):
        handle = handle_of(administrator, "ally")
        rights.refuse_identity(user=administrator, handle=handle, at=AT)
        where = usage_queries.source("gateway")
        result = usage.ingest(source=where, events=[event(9, identity="Ally")], at=AT)
        assert [each.code for each in result.rejected] == ["identity_refused"]
        assert usage_queries.totals(by=[])[0].total_tokens == 300

    def test_a_refused_name_can_still_be_somebodys(self, administrator, alice, strangers):
        rights.refuse_identity(user=administrator, handle=handle_of(administrator, "ally"), at=AT)
        (row,) = waiting(administrator, is_refused=True).rows
        rights.claim_identity(user=administrator, handle=row.handle, email=alice.email, at=AT)
        later = [event(9, identity="ally")]
        assert usage.ingest(source=usage_queries.source("gateway"), events=later, at=AT).accepted
        assert record_of(alice) == 300

    def test_whoever_joins_under_a_refused_address_is_taken_in(self, administrator):
        from tests.people import add

        where = source()
        usage.ingest(source=where, events=[event(1, identity="zoe@corp.example")], at=AT)
        handle = handle_of(administrator, "zoe")
        rights.refuse_identity(user=administrator, handle=handle, at=AT)
        zoe = add("zoe", at=AT)
        usage.ingest(source=where, events=[event(2, identity="zoe@corp.example")], at=AT)
        assert record_of(zoe) == 200

    def test_refusing_twice_is_written_down_once_and_without_the_name(
        self, administrator, strangers
    ):
        handle = handle_of(administrator, "ally")
        for act in (rights.refuse_identity, rights.refuse_identity, rights.readmit_identity):
            act(user=administrator, handle=handle, at=AT)
        (refused,) = log.entries(event=Event.CLAIM_REFUSED)
        (back,) = log.entries(event=Event.CLAIM_READMITTED)
        assert (refused.subject, back.subject) == (None, None)
        assert "ally" not in repr([refused, back])
