from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import select

from clevenio.accounts import address_mails, mails, password_changes, signups
from clevenio.accounts.signups import Entry
from clevenio.outbox import Mail
from clevenio.people.addresses import address
from tests.support.accounts import make_account
from tests.support.factories import NOW
from tests.support.golden import assert_golden_mail
from tests.support.mailbox import link_in
from tests.support.staff import make_member

GOLDEN = Path(__file__).with_name("golden")
pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def mail_of(database, settings):
    """`mail_of(act)`: the one mail that `act(session)` queues."""

    def queued(act):
        with database.session() as session:
            act(session)
            (row,) = session.scalars(select(Mail)).all()
            return message_from_bytes(row.message.replace(b"\r\n", b"\n"), policy=policy.default)

    return queued


@pytest.fixture
def verification(mail_of, settings):
    """The mail of a signup whose fields are unfriendly words, in a language."""

    def queued(language, *ticked):
        profile = {"first_name": "Win a prize", "last_name": "https://evil.example", "company": "Evil Oy"}
        entry = Entry(
            address("third.party@example.com"), profile, "no hash", ticked, "terms:2026-11-23 dpa:2026-11-25"
        )
        return mail_of(lambda session: signups.sign_up(session, settings, entry, language, NOW))

    return queued


def golden(name, message, token=""):
    assert_golden_mail(GOLDEN / name, message, {token: "TOKEN"} if token else None)


@pytest.mark.parametrize("language", ["fi", "en"])
@pytest.mark.parametrize(
    ("name", "ticked"), [("verify", ("surveys", "ad_audiences")), ("verify-nothing", ())]
)
def test_the_verification_says_what_was_chosen_and_what_happens_next(verification, language, name, ticked):
    message = verification(language, *ticked)
    token = link_in(message, "/v/").removeprefix("/v/")
    golden(f"{name}.{language}", message, token)
    assert f"/v/{token}" in message.get_body(("html",)).get_content()


def test_nothing_that_a_stranger_typed_reaches_the_address_they_typed(verification):
    sent = verification("en", "newsletter").as_string()
    for typed in ("Win a prize", "evil.example", "Evil Oy"):
        assert typed not in sent


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_known_address_is_told_in_its_owners_language(mail_of, settings, language):
    def act(session):
        mails.queue_known(session, settings, make_account(session, language=language).person, NOW)

    golden(f"known.{language}", mail_of(act))


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_notice_to_staff_says_where_to_look_and_not_who_it_was(mail_of, settings, language):
    def act(session):
        make_member(session, "sales@example.com", "marketer", language=language)
        mails.queue_notice(session, settings, NOW)

    golden(f"notice.{language}", mail_of(act))


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_link_to_a_new_password_says_how_long_it_works(mail_of, settings, language):
    def act(session):
        password_changes.send_link(session, settings, make_account(session, language=language), NOW)

    message = mail_of(act)
    golden(f"reset.{language}", message, link_in(message, "/r/").removeprefix("/r/"))


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_changed_password_is_told_with_the_way_back(mail_of, settings, language):
    def act(session):
        password_changes.change(session, settings, make_account(session, language=language), "a hash", NOW)

    golden(f"password-changed.{language}", mail_of(act))


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_old_address_is_asked_and_told_how_to_stop_it(mail_of, settings, language):
    def act(session):
        person = make_account(session, language=language).person
        address_mails.queue_old(session, settings, person, "TOKEN", NOW)

    golden(f"old-address.{language}", mail_of(act))


@pytest.mark.parametrize("language", ["fi", "en"])
def test_the_new_address_is_asked_and_told_nothing_of_the_account(mail_of, settings, language):
    def act(session):
        address_mails.queue_new(session, settings, address("new@example.com"), language, "TOKEN", NOW)

    golden(f"new-address.{language}", mail_of(act))


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_new_address_that_is_known_is_told_so(mail_of, settings, language):
    def act(session):
        address_mails.queue_taken(session, settings, make_account(session, language=language).person, NOW)

    golden(f"address-taken.{language}", mail_of(act))


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_changed_address_is_told_at_both(mail_of, settings, language):
    def act(session):
        person = make_account(session, language=language).person
        address_mails.queue_moved(session, settings, person, "old@example.com", NOW)

    golden(f"address-changed.{language}", mail_of(act))


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_move_that_staff_began_is_told_so_at_the_old_address(mail_of, settings, language):
    def act(session):
        person = make_account(session, language=language).person
        address_mails.queue_old(session, settings, person, "TOKEN", NOW, by_staff=True)

    golden(f"old-address-by-staff.{language}", mail_of(act))


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_move_that_staff_began_is_told_so_at_the_new_address(mail_of, settings, language):
    def act(session):
        to = address("new@example.com")
        address_mails.queue_new(session, settings, to, language, "TOKEN", NOW, by_staff=True)

    golden(f"new-address-by-staff.{language}", mail_of(act))


@pytest.mark.parametrize("language", ["fi", "en"])
def test_a_move_that_staff_began_is_told_so_once_done(mail_of, settings, language):
    def act(session):
        person = make_account(session, language=language).person
        address_mails.queue_moved(session, settings, person, "old@example.com", NOW, by_staff=True)

    golden(f"address-changed-by-staff.{language}", mail_of(act))
