"""Passkeys: what is no answer to our own question, or comes from a copied key, opens nothing."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from clevenio.accounts.factors import passkeys
from clevenio.accounts.factors.challenges import LIFETIME, SWEEPS, Site
from clevenio.accounts.factors.models import Passkey, PasskeyChallenge
from clevenio.errors import Refused
from tests.support.authenticator import PRESENT, Authenticator
from tests.support.factories import NOW
from tests.support.retention import let_go

SITE = Site("Clevenio", "http://localhost")
MEMBER, OTHER = uuid4(), uuid4()
LOGIN, ELSEWHERE = "a" * 64, "b" * 64


@pytest.fixture
def key():
    return Authenticator()


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


def options(session, login=LOGIN, member=MEMBER, now=NOW):
    return passkeys.registration_options(session, SITE, login, member, "staff@example.com", now)


def register(session, key, login=LOGIN, member=MEMBER, asked=None, now=NOW):
    answer = key.make(asked or options(session, login, member))
    return passkeys.register(session, SITE, login, member, answer, "Laptop", now)


def question(session, login=LOGIN, member=MEMBER, now=NOW):
    return passkeys.sign_in_options(session, SITE, login, member, now)


def verify(session, answer, login=LOGIN, member=MEMBER, now=NOW):
    return passkeys.verify(session, SITE, login, member, answer, now)


def test_a_passkey_lets_its_owner_in(session, key):
    made = register(session, key)
    assert (made.name, made.sign_count, made.transports) == ("Laptop", 1, ["internal"])
    assert verify(session, key.sign(question(session)))
    session.refresh(made)
    assert (made.sign_count, made.used_at) == (2, NOW)


def test_the_question_names_our_host_and_asks_for_the_person(session, key):
    asked = json.loads(options(session))
    assert asked["rp"] == {"name": "Clevenio", "id": "localhost"}
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    register(session, key)
    asked = json.loads(question(session))
    assert (asked["rpId"], asked["userVerification"]) == ("localhost", "required")
    assert len(asked["allowCredentials"]) == 1


def test_an_answer_works_once(session, key):
    register(session, key)
    answer = key.sign(question(session))
    assert verify(session, answer)
    assert not verify(session, answer)


def test_a_challenge_of_another_session_opens_nothing(session, key):
    register(session, key)
    asked = question(session, login=ELSEWHERE)
    assert not verify(session, key.sign(asked))


def test_a_challenge_that_we_never_gave_opens_nothing(session, key):
    register(session, key)
    made_up = json.dumps({"challenge": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    assert not verify(session, key.sign(made_up))


def test_a_challenge_lasts_five_minutes(session, key):
    register(session, key)
    asked = question(session)
    assert not verify(session, key.sign(asked), now=NOW + LIFETIME)


def test_a_challenge_of_a_registration_opens_no_door(session, key):
    register(session, key)
    assert not verify(session, key.sign(options(session)))


def test_a_challenge_of_a_sign_in_registers_nothing(session, key):
    register(session, key)
    with pytest.raises(Refused):
        register(session, Authenticator(credential=b"another"), asked=question(session))


def test_a_wrong_answer_uses_its_challenge_up(session, key):
    register(session, key)
    asked = question(session)
    assert not verify(session, Authenticator(credential=key.credential).sign(asked))
    assert not verify(session, key.sign(asked))


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:8000"},
        {"host": "evil.example"},
        {"flags": 0},
        {"flags": PRESENT},
    ],
    ids=["another origin", "another port", "another host", "nobody there", "nobody verified"],
)
def test_what_does_not_fit_is_refused_at_both_ends(session, key, wrong):
    with pytest.raises(Refused):
        register(session, Authenticator(**wrong))
    register(session, key)
    cheat = Authenticator(credential=key.credential, key=key.key, count=9, **wrong)
    assert not verify(session, cheat.sign(question(session)))
    assert verify(session, key.sign(question(session)))


def test_a_count_that_goes_back_is_a_copied_key(session, key):
    register(session, key)
    key.count = 10
    assert verify(session, key.sign(question(session)))
    copy = Authenticator(credential=key.credential, key=key.key, count=10)
    assert not verify(session, copy.sign(question(session)))
    copy.count = 4
    assert not verify(session, copy.sign(question(session)))
    copy.count = 0
    assert not verify(session, copy.sign(question(session)))
    assert verify(session, key.sign(question(session)))


def test_a_key_without_a_counter_works_again_and_again(session):
    key = Authenticator(count=0)
    register(session, key)
    assert verify(session, key.sign(question(session)))
    assert verify(session, key.sign(question(session)))


def test_the_key_of_another_member_opens_nothing(session, key):
    register(session, key)
    theirs = Authenticator(credential=b"theirs")
    register(session, theirs, member=OTHER)
    assert not verify(session, theirs.sign(question(session)))


def test_a_credential_belongs_to_one_member(session, key):
    register(session, key)
    with pytest.raises(Refused):
        register(session, key, member=OTHER)


def test_there_are_ten_at_most_each_with_its_name(session):
    for number in range(passkeys.MOST):
        register(session, Authenticator(credential=b"key %d" % number))
    with pytest.raises(Refused, match="ten passkeys"):
        register(session, Authenticator(credential=b"one too many"))


def test_removing_takes_only_ones_own(session, key):
    made = register(session, key)
    assert not passkeys.remove(session, OTHER, made.id)
    assert passkeys.remove(session, MEMBER, made.id)
    assert session.scalars(select(Passkey)).all() == []


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "null",
        "[]",
        "{}",
        "\x00",
        '{"response": {"clientDataJSON": "e30"}}',
        '{"response": {"clientDataJSON": "\\u0000"}}',
        "[" * 5000,
        '{"id": "\\u0000", "response": null}',
    ],
)
def test_what_is_no_answer_is_refused(session, answer):
    assert not verify(session, answer)
    with pytest.raises(Refused):
        passkeys.register(session, SITE, LOGIN, MEMBER, answer, "Laptop", NOW)


@pytest.mark.parametrize("field", ["authenticatorData", "signature", "clientDataJSON"])
@pytest.mark.parametrize("value", ["", "AAAA", None, 7, "\x00"])
def test_a_spoilt_answer_is_refused(session, key, field, value):
    register(session, key)
    answer = json.loads(key.sign(question(session)))
    answer["response"][field] = value
    assert not verify(session, json.dumps(answer))


def test_the_id_of_an_answer_may_be_anything(session, key):
    register(session, key)
    for value in ("\x00", None, 7, [], "x" * 5000):
        answer = {**json.loads(key.sign(question(session))), "id": value}
        assert not verify(session, json.dumps(answer))


def test_what_expired_is_forgotten(session):
    question(session)
    let_go(session, SWEEPS, NOW + LIFETIME - timedelta(seconds=1))
    assert len(session.scalars(select(PasskeyChallenge)).all()) == 1
    let_go(session, SWEEPS, NOW + LIFETIME)
    assert session.scalars(select(PasskeyChallenge)).all() == []
