"""Whether the log works, as probes see it."""

from datetime import timedelta

import pytest

from apps.audit import signs
from apps.audit.sequencing import Sequencer, catch_up
from tests.audit.sequencing import log

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def a_minute(settings):
    settings.AUDIT_MERGE_SECONDS = 60


def later(at, seconds):
    return at + timedelta(seconds=seconds)


class TestTheCheck:
    def test_a_log_that_nobody_wrote_is_kept(self, at):
        assert signs.is_kept(at)

    def test_it_fails_when_an_entry_waits_longer_than_promised(self, at):
        log.write(at)
        assert signs.is_kept(later(at, 60))
        assert not signs.is_kept(later(at, 61))
        catch_up(later(at, 62))
        assert signs.is_kept(later(at, 1000))

    def test_it_fails_when_what_was_sequenced_is_not_signed(self, at):
        log.write(at)
        Sequencer().sequence(at)
        assert not signs.is_kept(later(at, 61))

    def test_it_fails_while_frozen(self, at):
        log.write(at)
        catch_up(at)
        Sequencer().withdraw_key(at)
        assert not signs.is_kept(at)

    def test_it_fails_where_the_key_is_wrong(self, at, settings):
        log.write(at)
        catch_up(at)
        assert signs.is_kept(at)
        settings.AUDIT_KEY = "ef" * 32
        assert not signs.is_kept(at)
        settings.AUDIT_KEY = ""  # where it is not given nothing can be told
        assert signs.is_kept(at)


class TestTheGauges:
    def test_they_tell_size_delay_and_ages(self, at):
        log.write(at, 2)
        catch_up(at)
        log.write(later(at, 10))
        found = signs.log_signs(later(at, 30))
        assert (found.log_entries, found.log_frozen) == (2, 0)
        assert found.log_oldest_waiting_seconds == 20
        assert found.log_seconds_since_checkpoint == 30
        assert found.log_seconds_since_cosignature is None

    def test_they_tell_a_freeze(self, at):
        log.write(at)
        catch_up(at)
        Sequencer().withdraw_key(at)
        assert signs.log_signs(at).log_frozen == 1
