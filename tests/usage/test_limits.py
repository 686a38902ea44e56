"""However much a source reports, sums stay exact whole numbers of 64 bits."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from apps.usage import actions, queries
from apps.usage.formats.records import read_lines
from apps.usage.limits import MOST_IN_A_SESSION, MOST_IN_A_SUM
from apps.usage.models import DayTotal, Reading, Session
from tests.usage.events import AT, event, lines, reading, record, source

pytestmark = pytest.mark.django_db

DAY = AT.replace(hour=8)
OF_THE_BIGGEST = {"output_tokens": 10**12, "model": "home-made", "at": DAY}


def ingest(where, *events, **given):
    return actions.ingest(source=where, events=events, at=AT, **given)


def codes(found):
    return {each.code for each in found.rejected}


def figures():
    fields = [field.name for field in DayTotal._meta.fields if field.name.endswith("tokens")]
    return [
        value
        for row in DayTotal.objects.values_list(*fields, "cost_micros", "reported_cost_micros")
        for value in row
        if value is not None
    ]


class TestReportedCosts:
    def test_many_of_the_largest_add_up_exactly(self):
        sent = lines(*(record(n, employee="d@corp.example", cost_usd="10000") for n in range(2000)))
        found = actions.ingest(source=source(), events=read_lines(sent), at=AT)
        assert found.accepted == 2000
        (row,) = queries.totals(by=["model"])
        assert row.reported_cost_micros == 2000 * 10_000 * 10**6

    def test_sums_of_impossible_costs_are_refused(self):
        sent = lines(*(record(n, cost_usd="999999999") for n in range(3)))
        found = actions.ingest(source=source(), events=read_lines(sent), at=AT)
        assert (found.accepted, codes(found)) == (0, {"too_large"})


class TestADaysSum:
    def test_it_grows_to_the_limit_and_not_beyond(self):
        where = source()
        most = MOST_IN_A_SUM // 10**12
        assert ingest(where, *[event(n, **OF_THE_BIGGEST) for n in range(most)]).accepted == most
        one_more = ingest(where, event(most, **OF_THE_BIGGEST, part=3))
        assert (one_more.accepted, codes(one_more)) == (0, {"too_large"})
        assert (one_more.rejected[0].line, one_more.rejected[0].part) == (most, 3)
        assert figures().count(MOST_IN_A_SUM) == 1
        again = ingest(where, event(1, **OF_THE_BIGGEST))
        assert (again.accepted, again.duplicates) == (0, 1)

    def test_only_the_lines_of_a_full_place_are_refused(self):
        where = source()
        mixed = [event(n, **OF_THE_BIGGEST) for n in range(1100)]
        mixed[7] = event(7)
        mixed[8] = event(8, **{**OF_THE_BIGGEST, "at": DAY - timedelta(days=1)})
        found = ingest(where, *mixed)
        assert (found.accepted, len(found.rejected), codes(found)) == (2, 1098, {"too_large"})
        assert not {8, 7} & {each.line for each in found.rejected}

    @pytest.mark.parametrize("costs", [2**62, 2**63, 2**70])
    def test_costs_beyond_64_bits_are_refused_too(self, costs):
        found = ingest(source(), event(1, reported_cost_micros=costs), event(2, at=AT, model="x"))
        assert (found.accepted, codes(found)) == (1, {"too_large"})

    def test_list_prices_count_against_it_as_well(self):
        found = ingest(source(), *[event(n, output_tokens=10**12, at=DAY) for n in range(50)])
        assert (found.accepted, codes(found)) == (0, {"too_large"})

    def test_of_transcripts_it_is_limited_alike(self):
        where = source()
        made = [reading(f"m{n}", **OF_THE_BIGGEST) for n in range(1001)]
        assert ingest(where, *made[:1000]).accepted == 1000
        found = ingest(where, made[1000])
        assert (found.accepted, codes(found)) == (0, {"too_large"})
        assert Reading.objects.count() == 1000

    def test_the_table_itself_takes_nothing_else(self):
        ingest(source(), event(1))
        DayTotal.objects.update(reported_cost_micros=MOST_IN_A_SUM)
        with pytest.raises(IntegrityError), transaction.atomic():
            DayTotal.objects.update(reported_cost_micros=MOST_IN_A_SUM + 1)

    @pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite alone has loose types")
    def test_it_never_becomes_a_float(self):
        ingest(source(), event(1))
        with (
            pytest.raises(IntegrityError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("UPDATE usage_daytotal SET cost_micros = 0.5")


class TestASession:
    def test_its_tokens_stop_at_the_most_that_fits(self):
        where = source()
        ingest(where, event(1, session="s"))
        Session.objects.update(total_tokens=MOST_IN_A_SESSION)
        assert ingest(where, event(2, session="s")).accepted == 1
        assert Session.objects.get().total_tokens == MOST_IN_A_SESSION
