"""Second factors in a dump: nothing that opens a door."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.urls import reverse

from apps.people import sealing
from apps.people.sealing import Purpose, SealBroken
from tests import people


def code_of(secret):
    counter = next(totp.yield_hotp_counters_from_time())
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def sign_in(client, person):
    cache.clear()
    return client.post(
        reverse("account_login"), {"login": person.email, "password": people.PASSWORD}
    )


@pytest.fixture
def enrolled(administrator, client):
    """Return the secret of an administrator who has set up a second factor on the pages."""
    sign_in(client, administrator)
    client.post(reverse("account_reauthenticate"), {"password": people.PASSWORD})
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    assert secret not in str([row.get_decoded() for row in Session.objects.all()])
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert answer.status_code == 302
    cache.clear()
    return secret


class TestTheTable:
    def test_it_shows_neither_the_secret_nor_the_seed_nor_a_code(self, enrolled):
        rows = {row.type: row for row in Authenticator.objects.all()}
        seen = str([row.data for row in rows.values()])
        assert enrolled not in seen
        seed = rows["recovery_codes"].data["seed"]
        for code in RecoveryCodes(rows["recovery_codes"]).get_unused_codes():
            assert code not in seen
        # The codes follow from the seed: it must not lie there either.
        assert set(seed) - set("0123456789abcdef")

    @pytest.mark.parametrize("kind", ["totp", "recovery_codes"])
    def test_what_was_set_up_still_opens_the_door(self, enrolled, administrator, client, kind):
        client.post(reverse("account_logout"))
        assert sign_in(client, administrator)["Location"] == reverse("mfa_authenticate")
        code = code_of(enrolled)
        if kind == "recovery_codes":
            codes = RecoveryCodes(Authenticator.objects.get(type=kind))
            code = codes.get_unused_codes()[0]
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert client.get(reverse("admin:index")).status_code == 200

    def test_what_was_set_up_before_there_were_seals_stays_good(self, administrator):
        secret = totp.generate_totp_secret()
        row = Authenticator(user=administrator, type="totp", data={"secret": secret})
        assert totp.TOTP(row).validate_code(code_of(secret))


class TestASeal:
    def test_it_opens_for_what_it_was_made_for(self):
        sealed = sealing.close("a text", purpose=Purpose.SESSION)
        assert sealing.opened(sealed, purpose=Purpose.SESSION) == "a text"
        with pytest.raises(SealBroken):
            sealing.opened(sealed, purpose=Purpose.SECOND_FACTOR)

    def test_it_never_looks_the_same_twice(self):
        sealed = {sealing.close("a text", purpose=Purpose.SESSION) for _ in range(3)}
        assert len(sealed) == 3

    @pytest.mark.parametrize("broken", ["", "AAAA", "A" * 80, "not base 64!", "é" * 40])
    def test_what_is_none_does_not_open(self, broken):
        with pytest.raises(SealBroken):
            sealing.opened(broken, purpose=Purpose.SESSION)

    def test_another_key_does_not_open_it(self, settings):
        sealed = sealing.close("a text", purpose=Purpose.SESSION)
        settings.SECRET_KEY = "t" * 64
        with pytest.raises(SealBroken):
            sealing.opened(sealed, purpose=Purpose.SESSION)
