"""Guessing at a customer's password shuts nobody out of a browser that they got in with before."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from clevenio.accounts import devices, guessing
from clevenio.accounts.models import Account
from tests.accounts.test_login import EMAIL, log_in
from tests.support.accounts import PASSWORD, make_account
from tests.support.application import form_token, new_client
from tests.support.mailbox import link_in

DOOR = guessing.CUSTOMERS
NEW = "kolme uutta sanaa"


@pytest.fixture
def account(database):
    """A committed account; its id."""
    with database.session() as session:
        made = make_account(session, EMAIL)
        session.commit()
        return made.id


@pytest.fixture
def owner(app, account, clock):
    """A browser in which the owner has logged in once; no session is left."""
    client = new_client(app)
    assert log_in(client).status_code == 303
    client.delete_cookie("session")
    return client


def cookie(client):
    found = client.get_cookie(devices.NAME)
    return found.value if found else ""


def carrying(app, value):
    """Another browser, with this value in its cookie."""
    client = new_client(app)
    client.set_cookie(devices.NAME, value)
    return client


def guess(client, network="198.51.100.0", password="a guess", email=EMAIL):
    form = {"email": email, "password": password}
    address = f"{network.rpartition('.')[0]}.7"
    return client.post("/en/login", data=form, environ_base={"REMOTE_ADDR": address}).status_code


def attack(app, networks=40, each=DOOR.pair.most + 1):
    """Wrong passwords from many networks, the owner's own among them, until each is refused."""
    stranger = new_client(app)
    for network in ("127.0.0.0", *(f"198.51.{number}.0" for number in range(networks))):
        statuses = [guess(stranger, network) for _ in range(each)]
        assert statuses[-1] == 429
    return stranger


def test_the_owner_comes_in_from_anywhere_while_an_attack_runs(app, owner, clock):
    stranger = attack(app)
    assert guess(stranger, "127.0.0.0", PASSWORD) == 429
    assert guess(stranger, "203.0.113.0", PASSWORD) == 429
    for network in ("127.0.0.0", "198.51.3.0", "203.0.113.0"):
        assert guess(carrying(app, cookie(owner)), network, PASSWORD) == 303


def test_a_neighbour_who_spends_the_whole_networks_limit_shuts_only_strangers_out(
    app, owner, clock, monkeypatch
):
    monkeypatch.setattr(guessing, "CUSTOMERS", replace(DOOR, network=replace(DOOR.network, most=12)))
    neighbour = new_client(app)
    assert [guess(neighbour, email=f"n{number}@example.com") for number in range(13)][-1] == 429
    assert guess(new_client(app), password=PASSWORD) == 429
    assert guess(owner, password=PASSWORD) == 303


def test_a_known_browser_has_a_limit_of_its_own_and_is_shut_out_alone(app, owner, clock):
    thief, value = carrying(app, cookie(owner)), cookie(owner)
    guesses = [guess(thief, f"198.51.{number}.0") for number in range(DOOR.device.most + 1)]
    assert guesses == [422] * DOOR.device.most + [429]
    # From another network and with the right password: the copy is out, and so is what it was copied from.
    assert guess(carrying(app, value), "203.0.113.0", PASSWORD) == 429
    # Nobody else is.
    assert guess(new_client(app), "198.51.3.0", PASSWORD) == 303
    clock.now += DOOR.device.window
    assert guess(carrying(app, value), "203.0.113.0", PASSWORD) == 303


def test_a_login_takes_a_new_number_so_that_a_copy_from_before_counts_apart(app, owner, clock):
    stolen = cookie(owner)
    assert guess(owner, password=PASSWORD) == 303
    assert cookie(owner) != stolen
    for _ in range(DOOR.device.most):
        guess(carrying(app, stolen))
    assert guess(carrying(app, stolen), password=PASSWORD) == 429
    assert guess(owner, password=PASSWORD) == 303


def test_right_passwords_use_no_limit_of_the_browser_up(owner, clock):
    value = cookie(owner)
    for _ in range(2 * DOOR.device.most):
        owner.set_cookie(devices.NAME, value)
        assert guess(owner, password=PASSWORD) == 303


@pytest.mark.parametrize(
    "what", ["tampered", "somebody else's", "too old", "before another password", "made up"]
)
def test_what_is_no_such_cookie_counts_as_none(app, owner, account, database, clock, what):
    value = cookie(owner)
    if what == "tampered":
        value = ("b" if value[0] == "a" else "a") + value[1:]
    if what == "made up":
        value = f"{'a' * 20}.{int(clock.now.timestamp())}.{'a' * 43}"
    if what == "somebody else's":
        with database.session() as session:
            make_account(session, "matti@example.com")
            session.commit()
        other = new_client(app)
        assert log_in(other, "matti@example.com").status_code == 303
        value = cookie(other)
    if what == "too old":
        clock.now += devices.lifetime()
    if what == "before another password":
        with database.session() as session:
            kept = session.get_one(Account, account)
            kept.password = kept.password[:-1] + ("a" if kept.password[-1] != "a" else "b")
            session.commit()
    attack(app, networks=0)
    carrier = carrying(app, value)
    assert guess(carrier, "127.0.0.0", PASSWORD) == 429


def test_the_cookie_opens_nothing(app, owner):
    carrier = carrying(app, cookie(owner))
    assert carrier.get("/en/account").location == "/en/login?next=/en/account"
    assert guess(carrier) == 422


def test_answers_are_the_same_for_known_and_unknown_with_any_cookie(app, owner, clock):
    foreign = cookie(owner)
    answers = []
    for email in (EMAIL, "nobody@example.com"):
        client = carrying(app, foreign[:-1])
        for _ in range(DOOR.pair.most + 1):
            answer = log_in(client, email, "a guess")
        answers.append(
            (answer.status_code, answer.text.replace(email, ""), answer.headers.getlist("Set-Cookie"))
        )
    assert answers[0] == answers[1]
    assert answers[0][0] == 429


def test_a_wrong_password_and_a_look_at_the_login_leave_no_cookie(app, account, clock):
    client = new_client(app)
    client.get("/en/")
    client.get("/en/login")
    assert guess(client) == 422
    assert client.get_cookie(devices.NAME) is None
    assert client.get_cookie("session") is None


def test_the_cookie_is_locked_to_this_site_and_lasts_as_declared(owner, app, clock):
    answer = log_in(new_client(app))
    (header,) = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("device=")]
    attributes = {each.strip() for each in header.split(";")[1:]}
    seconds = int(devices.lifetime().total_seconds())
    assert attributes >= {f"Max-Age={seconds}", "HttpOnly", "Path=/", "SameSite=Strict"}
    assert not any(each.startswith("Domain") for each in attributes)


@pytest.mark.parametrize("extra_settings", [{"BASE_URL": "https://www.example.com"}])
@pytest.mark.parametrize("backend", ["sqlite"])
def test_over_https_no_other_host_can_plant_the_cookie_or_see_it(app, account, clock):
    client = new_client(app)
    form = {"email": EMAIL, "password": PASSWORD}
    base = {"base_url": "https://www.example.com"}
    answer = client.post("/en/login", data=form, **base)
    (header,) = [each for each in answer.headers.getlist("Set-Cookie") if "device" in each]
    assert header.startswith("__Host-device=")
    assert {"Secure", "HttpOnly", "Path=/"} <= {each.strip() for each in header.split(";")}
    attack(app, networks=0)
    assert client.post("/en/login", data=form, **base).status_code == 303
    # By its other name it counts for nothing.
    planted = new_client(app)
    planted.set_cookie("device", header.partition("=")[2].partition(";")[0], domain="www.example.com")
    assert planted.post("/en/login", data=form, **base).status_code == 429


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_rotated_key_leaves_browsers_known_until_it_leaves_the_ring(app, owner, clock):
    kit = app.extensions["clevenio"]
    old = kit.settings
    attack(app, networks=0)
    value = cookie(owner)
    for keys, status in ((("a newer made-up key", *old.secret_keys), 303), (("a newer made-up key",), 429)):
        kit.settings = replace(old, secret_keys=keys)
        if status == 429:
            attack(app, networks=0)
        assert guess(carrying(app, value), "127.0.0.0", PASSWORD) == status


def test_a_change_of_the_password_voids_every_other_browser_and_knows_this_one_anew(app, owner, clock):
    other = new_client(app)
    assert log_in(other).status_code == 303
    page = other.get("/en/account/security")
    form = {"present": PASSWORD, "password": NEW, "csrf_token": form_token(page)}
    assert other.post("/en/account/password", data=form).location == "/en/account/security"
    attack(app, networks=3)
    assert guess(owner, password=NEW) == 429
    assert guess(other, "127.0.0.0", NEW) == 303


def test_on_a_new_device_a_mailed_link_leads_in_while_the_attack_runs(
    app, account, owner, clock, worker, mailbox
):
    attack(app)
    fresh = new_client(app)
    assert guess(fresh, "203.0.113.0", PASSWORD) == 429
    assert "choose a new one by e-mail" in log_in(fresh).text
    assert fresh.post("/en/new-password", data={"email": EMAIL}).status_code == 303
    worker()
    answer = fresh.post(link_in(mailbox.newest(EMAIL), "/r/"), data={"password": NEW})
    assert answer.status_code == 303
    attack(app, networks=5, each=DOOR.pair.most + 1)
    assert guess(fresh, "203.0.113.0", NEW) == 303
    # The browser that was known by the old password is a stranger now.
    assert guess(carrying(app, cookie(owner)), "127.0.0.0", NEW) == 429


def test_many_at_once_with_one_cookie_are_counted_together(app, owner, clock):
    value = cookie(owner)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: guess(carrying(app, value)), range(DOOR.device.most + 6)))
    assert sorted(found) == [422] * DOOR.device.most + [429] * 6
