"""The rules by themselves: what fires, what does not, and that portions change nothing."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.disclosure.alerts import rules
from apps.disclosure.alerts.rules import WORDS, Bound, Look, Rule

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
BOUND = Bound(threshold=3, minutes=10)

seconds = st.integers(0, 3 * 3600)
looks = st.lists(
    st.builds(
        lambda second, actor, item: Look(NOON + timedelta(seconds=second), actor, item),
        seconds,
        st.sampled_from(["user:1", "user:2"]),
        st.sampled_from(["board:a", "board:b", "board:c", "board:d"]),
    ),
    max_size=40,
)
bounds = st.builds(Bound, st.integers(1, 6), st.integers(1, 90))


def slowly(given_looks, bound, *, is_distinct):
    """Return (actor, hour) of each look at which enough lie within the minutes, by definition."""
    found = set()
    for look in given_looks:
        within = [
            each.item
            for each in given_looks
            if each.actor == look.actor and look.at - bound.span < each.at <= look.at
        ]
        if len(set(within) if is_distinct else within) >= bound.threshold:
            found.add((look.actor, rules.hour_of(look.at)))
    return found


def names(findings):
    return {(each.actor, each.window_at) for each in findings}


def fired(given_looks, bound=BOUND, *, is_distinct=False):
    return rules.bursts(given_looks, rule=Rule.FAST_PAGING, bound=bound, is_distinct=is_distinct)


def at_minutes(*minutes, actor="user:1", item="board:a"):
    return [Look(NOON + timedelta(minutes=minute), actor, item) for minute in minutes]


class TestBursts:
    @given(looks, bounds, st.booleans())
    def test_they_are_what_the_definition_says(self, given_looks, bound, is_distinct):
        found = fired(given_looks, bound, is_distinct=is_distinct)
        assert names(found) == slowly(given_looks, bound, is_distinct=is_distinct)
        assert len(found) == len(names(found))

    @given(looks, bounds, st.randoms(use_true_random=False))
    def test_the_order_of_reading_changes_nothing(self, given_looks, bound, random):
        shuffled = random.sample(given_looks, len(given_looks))
        assert sorted(map(str, fired(shuffled, bound))) == sorted(
            map(str, fired(given_looks, bound))
        )

    @given(looks, bounds, seconds)
    def test_reading_less_never_makes_one_up(self, given_looks, bound, second):
        late = [look for look in given_looks if look.at >= NOON + timedelta(seconds=second)]
        assert names(fired(late, bound)) <= names(fired(given_looks, bound))

    @given(looks, bounds, st.booleans())
    def test_the_evidence_is_what_lies_between_its_moments(self, given_looks, bound, is_distinct):
        for found in fired(given_looks, bound, is_distinct=is_distinct):
            within = [
                look.item
                for look in given_looks
                if look.actor == found.actor and found.from_at <= look.at <= found.until_at
            ]
            # Looks of the very moment at which a burst begins or ends may lie outside of it.
            most = len(set(within)) if is_distinct else len(within)
            assert bound.threshold <= found.evidence <= most

    def test_one_too_few_is_none(self):
        assert not fired(at_minutes(0, 1))
        assert len(fired(at_minutes(0, 1, 2))) == 1

    def test_the_span_is_open_at_its_beginning(self):
        assert not fired(at_minutes(0, 5, 10))
        assert fired(at_minutes(0.01, 5, 10))

    def test_several_people_together_are_none(self):
        assert not fired([*at_minutes(0, 1), *at_minutes(2, 3, actor="user:2")])

    def test_the_same_board_again_is_not_another(self):
        assert not fired(at_minutes(0, 1, 2, 3), is_distinct=True)
        several = [Look(NOON, "user:1", f"board:{name}") for name in "abc"]
        assert fired(several, is_distinct=True)[0].evidence == 3

    def test_one_that_lasts_is_found_once_an_hour(self):
        found = fired(at_minutes(*range(50, 70)))
        assert [each.window_at for each in found] == [NOON, NOON + timedelta(hours=1)]
        assert found[0].from_at == NOON + timedelta(minutes=50)
        assert (found[0].evidence, found[1].evidence) == (10, 19)


class TestNights:
    @pytest.mark.parametrize(
        ("hour", "begun"),
        [
            ("2026-11-20T21:59", None),
            ("2026-11-20T22:00", "2026-11-20"),
            ("2026-11-21T05:59", "2026-11-20"),
            ("2026-11-21T06:00", None),
            # The night in which clocks are put back is still one.
            ("2026-10-25T02:30", "2026-10-24"),
        ],
    )
    def test_they_lie_in_the_zone_of_the_organisation(self, hour, begun):
        moment = datetime.fromisoformat(hour).replace(tzinfo=BERLIN)
        night = rules.night_of(moment, zone=BERLIN)
        assert (night and night.astimezone(BERLIN).date().isoformat()) == begun
        assert night is None or night.astimezone(BERLIN).time() == time(22)

    def at_night(self, *minutes):
        """Looks in minutes after 23:00 in Berlin."""
        return [Look(NOON + timedelta(hours=10, minutes=each), "user:1") for each in minutes]

    def odd(self, given_looks, *, is_usual=False):
        return rules.odd_hours(
            given_looks, bound=BOUND, zone=BERLIN, is_usual=lambda actor, night: is_usual
        )

    def test_enough_looks_are_odd_once_a_night(self):
        found = self.odd(self.at_night(0, 1, 2, 60, 61, 62, 63))
        assert [each.evidence for each in found] == [7]
        assert found[0].window_at.astimezone(BERLIN).hour == 22

    def test_what_is_usual_is_not_odd(self):
        assert not self.odd(self.at_night(0, 1, 2), is_usual=True)

    def test_looks_by_day_do_not_count(self):
        assert not self.odd(at_minutes(0, 1, 2, 3))
        assert not self.odd(self.at_night(0, 1))

    @given(looks, bounds)
    def test_they_are_bursts_of_what_was_looked_at_by_night(self, given_looks, bound):
        evening = [Look(look.at + timedelta(hours=8), look.actor) for look in given_looks]
        by_night = [look for look in evening if rules.night_of(look.at, zone=BERLIN)]
        found = rules.odd_hours(evening, bound=bound, zone=BERLIN, is_usual=lambda *_: False)
        assert {each.actor for each in found} == {each.actor for each in fired(by_night, bound)}


class TestFirstExports:
    def test_the_first_of_each_counts(self):
        exports = [*at_minutes(5, 1), *at_minutes(3, actor="user:2")]
        found = rules.first_exports(exports, had_before=lambda actor, moment: actor == "user:2")
        assert [(each.actor, each.window_at) for each in found] == [
            ("user:1", NOON + timedelta(minutes=1))
        ]


class TestStatesOfTheLog:
    def lasting(self, *, since, awake, patience=30):
        return rules.lasts(
            Rule.LOG_BEHIND,
            since,
            patience=timedelta(seconds=patience),
            awake_since=awake,
            at=NOON,
        )

    def ago(self, seconds):
        return NOON - timedelta(seconds=seconds)

    def test_nothing_is_no_finding(self):
        assert not self.lasting(since=None, awake=self.ago(9999))

    def test_it_waits_as_long_as_the_patience(self):
        assert not self.lasting(since=self.ago(29), awake=self.ago(9999))
        assert self.lasting(since=self.ago(30), awake=self.ago(9999))

    def test_a_restart_is_no_trouble(self):
        assert not self.lasting(since=self.ago(9999), awake=self.ago(29))
        assert self.lasting(since=self.ago(9999), awake=self.ago(30))

    def test_it_is_the_same_finding_as_long_as_it_lasts(self):
        since = self.ago(9999)
        assert self.lasting(since=since, awake=since)[0].window_at == rules.hour_of(since)

    def test_what_must_never_happen_is_found_once(self):
        assert not rules.happened(Rule.LOG_FROZEN, None, at=NOON)
        assert rules.happened(Rule.LOG_FROZEN, self.ago(5), at=NOON)[0].window_at == self.ago(5)


def test_each_rule_has_words():
    assert set(WORDS) == set(Rule)
