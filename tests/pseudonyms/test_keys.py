"""Keys: one for each purpose, from outside the database, and refused for another database."""

import hashlib
import hmac

import pytest
from django.core.checks import Tags, run_checks
from django.core.exceptions import ImproperlyConfigured

from apps.pseudonyms import actions, keyring, keys, queries
from apps.pseudonyms.keys import Purpose
from apps.pseudonyms.models import KeyCheck
from tests.pseudonyms.conftest import OTHER_KEY, address


class KeyService:
    """Another provider: it keeps its own keys."""

    def key_for(self, purpose):
        return hashlib.sha256(f"service {purpose}".encode()).digest()


class TestSettingsProvider:
    def test_it_derives_by_hkdf_sha256(self, settings):
        settings.PSEUDONYM_KEY = "0f" * 32
        extracted = hmac.digest(bytes(32), bytes.fromhex("0f" * 32), "sha256")
        info = b"claudeonomics/pseudonyms/alias-digest/v1"
        expanded = hmac.digest(extracted, info + b"\x01", "sha256")
        assert keys.provider().key_for(Purpose.ALIAS_DIGEST) == expanded

    def test_each_purpose_has_its_own_key(self):
        made = {keys.provider().key_for(purpose) for purpose in Purpose}
        assert len(made) == len(Purpose)
        assert {len(key) for key in made} == {32}

    @pytest.mark.parametrize("wrong", ["", "ab" * 31, "ab" * 33, "zz" * 32, None, "ab" * 32 + "\n"])
    def test_it_refuses_what_is_no_key_and_does_not_repeat_it(self, settings, wrong):
        settings.PSEUDONYM_KEY = wrong
        with pytest.raises(ImproperlyConfigured, match="64 hexadecimal digits") as refusal:
            keys.provider().key_for(Purpose.ALIAS_DIGEST)
        assert not wrong or wrong.strip() not in str(refusal.value)

    def test_a_key_service_can_take_its_place(self, settings):
        settings.PSEUDONYM_KEY_PROVIDER = f"{__name__}.KeyService"
        made = keys.provider().key_for(Purpose.LINK_SEAL)
        assert made == hashlib.sha256(b"service link-seal/v1").digest()


@pytest.mark.django_db
class TestKeyring:
    def test_a_database_made_with_another_key_is_refused(self, settings, at):
        root = actions.enrol_people({1: [address("ada")]}, at=at)[1]
        settings.PSEUDONYM_KEY = OTHER_KEY
        with pytest.raises(keyring.WrongKey, match="another pseudonym key"):
            actions.enrol_people({2: [address("ben")]}, at=at)
        with pytest.raises(keyring.WrongKey):
            queries.subject_of(1)
        settings.PSEUDONYM_KEY = "ab" * 32
        assert queries.subject_of(1) == root

    def test_an_empty_database_takes_any_key_and_keeps_to_it(self, settings, at):
        settings.PSEUDONYM_KEY = OTHER_KEY
        assert queries.subject_of(1) is None
        actions.subjects_for([address("ada")], at=at)
        settings.PSEUDONYM_KEY = "ab" * 32
        with pytest.raises(keyring.WrongKey):
            actions.subjects_for([address("ada")], at=at)

    def test_the_kept_digest_is_no_key(self, at):
        actions.enrol_people({1: []}, at=at)
        kept = {bytes(row.digest) for row in KeyCheck.objects.all()}
        assert len(kept) == 1
        assert not kept & {keys.provider().key_for(purpose) for purpose in Purpose}

    def test_a_matching_key_is_asked_for_once_a_process(self, at, django_assert_num_queries):
        actions.enrol_people({1: []}, at=at)
        queries.subject_of(1)
        with django_assert_num_queries(1):
            queries.subject_of(1)


@pytest.mark.django_db
class TestChecks:
    def found(self, **which):
        return {each.id for each in run_checks(**which) if str(each.id).startswith("pseudonyms")}

    def test_all_is_well_with_the_right_key(self, at):
        actions.enrol_people({1: []}, at=at)
        assert not self.found(databases=["default"])

    def test_a_wrong_key_fails_the_check_of_the_database(self, settings, at):
        actions.enrol_people({1: []}, at=at)
        settings.PSEUDONYM_KEY = OTHER_KEY
        assert self.found(tags=[Tags.database], databases=["default"]) == {"pseudonyms.E002"}

    def test_what_is_no_key_fails_the_check(self, settings):
        settings.PSEUDONYM_KEY = "short"
        assert self.found(tags=[Tags.security]) == {"pseudonyms.E001"}
