"""Guessing at staff's passwords and codes shuts nobody out of a browser they got in with before."""

from datetime import timedelta

import pytest

from clevenio.accounts import devices, guessing
from clevenio.backoffice import operations
from clevenio.people.addresses import address
from tests.support.application import form_token, new_client
from tests.support.staff import (
    PASSWORD,
    code_at,
    give_code,
    give_password,
    pass_factor,
)
from tests.support.staff import SUPPORT as EMAIL

NEW = "another made-up pass phrase of staff"
DOOR = guessing.STAFF


@pytest.fixture
def owner(app, member, clock):
    """A browser in which the member got in once; no session is left, and no code is used up."""
    client = new_client(app)
    assert log_in(client) == 303
    assert pass_factor(client, clock.now).status_code == 303
    client.delete_cookie("session")
    clock.now += timedelta(minutes=1)
    return client


def log_in(client, password=PASSWORD, network="127.0.0"):
    return give_password(client, password=password, network=network).status_code


def answer(client, code, network="127.0.0"):
    return give_code(client, code, network=network).status_code


def cookie(client):
    found = client.get_cookie(devices.NAME)
    return found.value if found else ""


def attack(app, networks=40):
    """Wrong passwords from many networks, the member's own among them."""
    stranger = new_client(app)
    for network in ("127.0.0", *(f"198.51.{number}" for number in range(networks))):
        statuses = [log_in(stranger, "a guess", network) for _ in range(DOOR.pair.most + 1)]
        assert statuses[-1] == 429


def test_a_member_comes_in_from_anywhere_while_an_attack_runs(app, owner, clock):
    attack(app)
    assert log_in(new_client(app)) == 429
    assert log_in(new_client(app), network="203.0.113") == 429
    assert log_in(owner) == 303
    assert pass_factor(owner, clock.now).status_code == 303
    assert owner.get("/staff/").status_code == 200


def test_the_password_alone_makes_no_browser_known(app, member, clock):
    client = new_client(app)
    assert log_in(client) == 303
    assert cookie(client) == ""
    assert answer(client, "000000") == 422
    assert cookie(client) == ""
    assert pass_factor(client, clock.now).status_code == 303
    assert cookie(client) != ""


def test_who_has_the_password_shuts_the_member_out_of_no_known_browser_by_wrong_codes(app, owner, clock):
    for number in range(3):
        thief = new_client(app)
        log_in(thief, network=f"198.51.{number}")
        for _ in range(guessing.FACTORS.pair.most):
            last = answer(thief, "000000", f"198.51.{number}")
    assert last == 429
    fresh = new_client(app)
    assert log_in(fresh, network="203.0.113") == 303
    assert answer(fresh, code_at(clock.now), "203.0.113") == 429
    assert log_in(owner, network="203.0.113") == 303
    assert answer(owner, code_at(clock.now), "203.0.113") == 303


def test_a_stolen_cookie_gives_as_many_tries_as_a_network_does(app, owner, clock):
    thief = new_client(app)
    thief.set_cookie(devices.NAME, cookie(owner))
    tries = [log_in(thief, "a guess", f"198.51.{number}") for number in range(DOOR.device.most + 1)]
    assert tries == [422] * DOOR.device.most + [429]
    assert thief.get("/staff/").location.startswith("/staff/login")


def test_a_customers_cookie_is_none_here(app, owner, member, clock):
    """Signed for the other door, with the same id and password."""
    keys = app.extensions["clevenio"].settings.secret_keys
    customer = devices.Owner(devices.Kind.ACCOUNT, member.id, member.password)
    client = new_client(app)
    client.set_cookie(devices.NAME, devices.renewed(keys, "", customer, clock.now))
    attack(app, networks=0)
    assert log_in(client) == 429
    assert log_in(owner) == 303


def test_another_password_voids_every_other_browser_and_knows_this_one_anew(app, owner, clock):
    other = new_client(app)
    assert log_in(other) == 303
    assert pass_factor(other, clock.now).status_code == 303
    form = {"current_password": PASSWORD, "password": NEW}
    form["csrf_token"] = form_token(other.get("/staff/security/password"))
    assert other.post("/staff/security/password", data=form).status_code == 303
    attack(app, networks=3)
    assert log_in(owner, NEW) == 429
    other.delete_cookie("session")
    assert log_in(other, NEW) == 303


@pytest.mark.parametrize("resets", [False, True], ids=["a new invitation", "a recovery"])
def test_a_link_from_an_administrator_leads_to_the_second_factor_while_the_attack_runs(
    app, database, settings, owner, clock, resets
):
    with database.session() as session:
        path = operations.invite(session, settings, address(EMAIL), (), "command", clock.now, resets=resets)
        session.commit()
    attack(app)
    fresh = new_client(app)
    assert fresh.post(path, data={"password": NEW}).location == "/staff/factor"
    assert fresh.get("/staff/").location.startswith("/staff/factor")
    assert cookie(fresh) == ""
    if not resets:
        assert answer(fresh, code_at(clock.now)) == 303
        assert fresh.get("/staff/").status_code == 200
    # What was known by the old password is known no more.
    assert log_in(owner, NEW) == 429
