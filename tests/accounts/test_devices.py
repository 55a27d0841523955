"""The cookie that knows a browser again: whose it is, how long, and that nothing else passes for it."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from clevenio.accounts import devices
from clevenio.accounts.devices import Owner
from clevenio.accounts.sessions import Kind
from clevenio.signing import Signer
from tests.support.factories import NOW

KEYS = ("the key of today",)
AINO = Owner(Kind.ACCOUNT, UUID(int=1), "$argon2id$aino")
MATTI = Owner(Kind.ACCOUNT, UUID(int=2), "$argon2id$matti")
NOBODY = Owner(Kind.ACCOUNT, None, None)


def known(cookie, owner=AINO, keys=KEYS, now=NOW):
    return devices.known(keys, cookie, owner, now)


@pytest.fixture
def cookie():
    return devices.renewed(KEYS, "", AINO, NOW)


def test_the_owners_browser_is_known_by_a_random_number(cookie):
    other = devices.renewed(KEYS, "", AINO, NOW)
    assert known(cookie) == cookie[:20]
    assert known(other) != known(cookie)


@pytest.mark.parametrize(
    "owner",
    [
        MATTI,
        NOBODY,
        replace(AINO, password="$argon2id$another"),
        replace(AINO, password=None),
        replace(AINO, member=None),
        replace(AINO, kind=Kind.STAFF),
    ],
    ids=["somebody else", "nobody", "another password", "no password", "no member", "staff"],
)
def test_it_is_known_to_be_nobody_elses(cookie, owner):
    assert known(cookie, owner) is None


def test_what_is_in_it_names_nobody(cookie):
    number, second, signature = cookie.split(".")
    assert (len(number), int(second), len(signature)) == (20, int(NOW.timestamp()), 43)
    assert devices.renewed(KEYS, "", MATTI, NOW)[20:31] == cookie[20:31]


def test_every_character_that_is_changed_makes_it_worthless(cookie):
    for at, character in enumerate(cookie):
        other = "2" if character in "1." else "1"
        assert known(cookie[:at] + other + cookie[at + 1 :]) is None, at


@pytest.mark.parametrize(
    "cookie",
    ["", "~", "..", "a.1.b", "~" * 10_000, "a" * 100_000, f"{'a' * 20}.9999999999.{'a' * 43}", "ä.1.ö", "\0"],
)
def test_what_is_no_cookie_of_ours_is_none(cookie):
    assert known(cookie) is None
    assert known(devices.renewed(KEYS, cookie, AINO, NOW)) is not None


def test_it_is_known_exactly_as_long_as_the_registry_declares(cookie):
    end = NOW + devices.lifetime()
    assert known(cookie, now=end - timedelta(seconds=1))
    assert known(cookie, now=end) is None
    assert known(cookie, now=NOW - timedelta(seconds=1)) is None


def test_a_key_that_was_rotated_still_verifies_and_a_foreign_one_does_not(cookie):
    assert known(cookie, keys=("the key of tomorrow", *KEYS))
    assert known(cookie, keys=("the key of tomorrow",)) is None


def test_a_token_of_another_purpose_is_no_cookie_and_the_other_way_round(cookie):
    number, second, _signature = cookie.split(".")
    signed = devices._signed(AINO, number, second)
    for purpose in ("device", "device.staff", "reset", "invite"):
        assert known(f"{number}.{second}.{Signer(KEYS, purpose).sign(signed).rpartition('.')[2]}") is None
    assert known(f"{number}.{second}.{Signer(KEYS, 'device.account').sign(signed).rpartition('.')[2]}")


def test_several_people_share_a_browser_and_each_login_takes_a_new_number(cookie):
    shared = devices.renewed(KEYS, cookie, MATTI, NOW)
    assert known(shared) == known(cookie)
    assert known(shared, MATTI)
    again = devices.renewed(KEYS, shared, AINO, NOW)
    assert known(again) not in (None, known(cookie))
    assert known(again, MATTI) == known(shared, MATTI)
    assert again.count("~") == 1


def test_those_who_logged_in_longest_ago_make_room(cookie):
    for number in range(devices.PEOPLE):
        assert known(cookie)
        cookie = devices.renewed(KEYS, cookie, replace(AINO, member=UUID(int=9 + number)), NOW)
    assert known(cookie) is None
    assert cookie.count("~") == devices.PEOPLE - 1
    assert len(cookie) < 400


def test_nobodys_token_stays_in_a_browser_longer_than_declared(cookie):
    later = devices.renewed(KEYS, cookie, MATTI, NOW + devices.lifetime())
    assert cookie not in later
