"""The link in each mail: looking does nothing, one post does it, from the page or the mail client."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from clevenio.consent import ledger
from clevenio.consent.notices import account_notice
from clevenio.newsletter.models import Departure
from clevenio.people import links, suppression, text
from clevenio.people import operations as people_operations
from clevenio.people.models import Person, Suppression
from clevenio.signing import Signer
from tests.support.application import new_client
from tests.support.factories import grant, make_person

ONE_CLICK = {"List-Unsubscribe": "One-Click"}
AUDIENCES = "ad_audiences:meta"


@pytest.fixture
def person(database, clock):
    with database.session() as session:
        made = make_person(session, "aino.esimerkki@example.fi", language="fi", phone="+358401234567")
        grant(session, made, "newsletter", "surveys", "mail_opens", "ad_audiences")
        session.commit()
        return made


@pytest.fixture
def path(database, settings, person, clock):
    with database.session() as session:
        token = links.make(
            session,
            settings.mail_keys,
            "unsubscribe",
            clock.now,
            person=person.id,
            data={"topic": "newsletter"},
        )
        session.commit()
    return f"/u/{token}"


@pytest.fixture
def granted(other_session, person):
    def read():
        with other_session() as session:
            decided = ledger.decisions_of(session, person.id)
        return {purpose for purpose, state in decided.items() if state == "granted"}

    return read


@pytest.fixture
def last(other_session, person):
    def read():
        with other_session() as session:
            return ledger.history(session, person.id)[-1]

    return read


def mail_client(app):
    """No browser: neither Sec-Fetch-Site nor Origin, no cookies."""
    return app.test_client()


def test_looking_changes_nothing_however_often(client, path, granted, other_session):
    before = granted()
    for _ in range(3):
        page = client.get(path)
        assert page.status_code == 200
        assert client.head(path).status_code == 200
    assert granted() == before
    with other_session() as session:
        assert session.scalar(select(func.count()).select_from(Departure)) == 0
        assert session.scalar(select(func.count()).select_from(Suppression)) == 0


def test_the_page_keeps_to_itself(client, path):
    for page in (client.get(path), client.post(path, data={"scope": "topic"})):
        assert page.headers["Cache-Control"] == "no-store"
        assert "noindex" in page.headers["X-Robots-Tag"]
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert "Set-Cookie" not in page.headers
        assert "a•••@example.fi" in page.text
        assert "aino.esimerkki" not in page.text.lower()
        assert 'lang="fi"' in page.text
        assert "site-choices" not in page.text
        assert "onload" not in page.text


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    "request_as",
    [
        {"data": ONE_CLICK},
        {"data": ONE_CLICK, "content_type": "multipart/form-data"},
        {"data": ""},
        {"data": b"", "content_type": "application/x-www-form-urlencoded"},
        {"data": b"garbage", "content_type": "text/plain"},
        {"data": ONE_CLICK, "headers": {"Origin": "null", "Sec-Fetch-Site": "cross-site"}},
        {"data": ONE_CLICK, "headers": {"Origin": "https://mail.example.org"}},
    ],
    ids=["urlencoded", "multipart", "nothing", "empty", "garbage", "no origin", "another site"],
)
def test_one_click_withdraws_the_topic_at_once(app, path, granted, last, request_as):
    answer = mail_client(app).post(path, **request_as)
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert "Set-Cookie" not in answer.headers
    assert "newsletter" not in granted()
    assert "surveys" in granted()
    assert (last().purpose, last().channel, last().state) == ("newsletter", "one_click", "withdrawn")


def test_it_is_idempotent(app, path, last, other_session, person):
    for _ in range(3):
        assert mail_client(app).post(path, data=ONE_CLICK).status_code == 200
    assert last().sequence == len(history_of(other_session, person))
    withdrawn = [row for row in history_of(other_session, person) if row.state == "withdrawn"]
    assert len(withdrawn) == 1
    with other_session() as session:
        assert session.scalar(select(func.count()).select_from(Suppression)) == 1


def history_of(other_session, person):
    with other_session() as session:
        return ledger.history(session, person.id)


def test_fifty_at_once_are_one_decision(app, path, other_session, person):
    def click(_number):
        return mail_client(app).post(path, data=ONE_CLICK).status_code

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(click, range(50))) == {200}
    withdrawn = [row for row in history_of(other_session, person) if row.state == "withdrawn"]
    assert [row.purpose for row in withdrawn] == ["newsletter"]
    with other_session() as session:
        assert session.scalar(select(func.count()).select_from(Suppression)) == 1


def test_the_pages_button_is_told_from_the_mail_client(client, path, last, granted):
    client.post(path, data={"scope": "topic"})
    assert last().channel == "unsubscribe_page"
    assert "surveys" in granted()


def test_everything_is_every_purpose_of_the_person_and_both_identifiers(
    client, path, granted, other_session, person
):
    page = client.post(path, data={"scope": "all"})
    assert granted() == set()
    with other_session() as session:
        for key in (person.email_suppression, person.phone_suppression):
            assert suppression.is_suppressed(session, key, AUDIENCES)
    assert "mainosalustalle" in page.text


def test_an_opt_out_survives_an_erasure_and_a_new_import(client, path, database, person, settings, clock):
    client.post(path, data={"scope": "topic"})
    with database.session() as session:
        session.delete(session.get(Person, person.id))
        session.commit()
    with database.session() as session:
        again = make_person(session, person.email)
        assert suppression.is_suppressed(session, again.email_suppression, "newsletter")
        assert not suppression.is_suppressed(session, again.email_suppression, "surveys")


@pytest.mark.parametrize("scope", ["topic", "all"])
def test_undo_within_half_an_hour_is_a_new_decision(
    client, path, granted, clock, scope, last, other_session, person
):
    before, length = granted(), len(history_of(other_session, person))
    assert 'name="undo"' in client.post(path, data={"scope": scope}).text
    clock.advance(minutes=30)
    page = client.post(path, data={"undo": "1"})
    assert page.status_code == 200
    assert granted() == before
    assert len(history_of(other_session, person)) > length + 1
    assert (last().channel, last().state) == ("unsubscribe_page", "granted")
    assert last().evidence["undoes"]
    with other_session() as session:
        for purpose in ("newsletter", AUDIENCES):
            assert not suppression.is_suppressed(session, person.email_suppression, purpose)


def test_undo_is_over_after_half_an_hour(client, path, granted, clock):
    client.post(path, data={"scope": "all"})
    clock.advance(minutes=30, seconds=1)
    assert 'name="undo"' not in client.get(path).text
    assert client.post(path, data={"undo": "1"}).status_code == 200
    assert granted() == set()


@pytest.fixture
def another_path(database, settings, person, clock):
    """The link of a later mail to the same person."""
    with database.session() as session:
        token = links.make(
            session, settings.mail_keys, "unsubscribe", clock.now, person=person.id, data={"topic": "surveys"}
        )
        session.commit()
    return f"/u/{token}"


def decide(database, person, state, *purposes, now):
    with database.session() as session:
        people_operations.decide(
            session,
            session.get(Person, person.id),
            dict.fromkeys(purposes, state),
            channel=ledger.Channel.ACCOUNT,
            notice=account_notice("fi"),
            language="fi",
            now=now,
        )
        session.commit()


def test_undo_brings_nothing_back_once_the_person_decided_elsewhere(
    client, path, granted, database, person, clock
):
    client.post(path, data={"scope": "all"})
    for state in (ledger.State.GRANTED, ledger.State.REFUSED):
        decide(database, person, state, "newsletter", now=clock.now)
    assert 'name="undo"' not in client.get(path).text
    client.post(path, data={"undo": "1"})
    assert granted() == set()


@pytest.mark.parametrize("minutes", [0, 5])
@pytest.mark.parametrize(("first", "then"), [("topic", "all"), ("all", "all"), ("topic", "topic")])
def test_an_older_link_undoes_nothing_once_a_later_one_was_used(
    client, path, another_path, granted, clock, other_session, person, first, then, minutes
):
    client.post(path, data={"scope": first})
    clock.advance(minutes=minutes)
    client.post(another_path, data={"scope": then})
    before = granted()
    assert 'name="undo"' not in client.get(path).text
    # Pressing the old button again does not make it the last word.
    client.post(path, data={"scope": first})
    client.post(path, data={"undo": "1"})
    assert granted() == before
    with other_session() as session:
        assert suppression.is_suppressed(session, person.email_suppression, "newsletter")


def test_an_objection_that_staff_wrote_down_later_is_not_undone(
    client, path, granted, database, person, clock, other_session
):
    client.post(path, data={"scope": "topic"})
    with database.session() as session:
        people_operations.withdraw_everything(
            session,
            session.get(Person, person.id),
            channel=ledger.Channel.STAFF,
            notice=account_notice("fi"),
            language="fi",
            now=clock.now,
        )
        session.commit()
    client.post(path, data={"undo": "1"})
    assert granted() == set()
    with other_session() as session:
        assert suppression.is_suppressed(session, person.email_suppression, suppression.EVERYTHING)


def test_what_an_old_link_took_does_not_ride_on_its_next_use(
    client, path, another_path, granted, database, person, clock
):
    client.post(path, data={"scope": "topic"})
    client.post(another_path, data={"scope": "all"})
    decide(database, person, ledger.State.GRANTED, "trials", now=clock.now)
    clock.advance(minutes=1)
    client.post(path, data={"scope": "all"})
    client.post(path, data={"undo": "1"})
    assert granted() == {"trials"}


def test_leaving_and_undoing_opens_nothing_that_was_shut_before(
    client, path, database, person, clock, other_session
):
    with database.session() as session:
        suppression.suppress(
            session, person.email_suppression, "email", suppression.EVERYTHING, "complaint", clock.now
        )
        session.commit()
    client.post(path, data={"scope": "topic"})
    client.post(path, data={"undo": "1"})
    with other_session() as session:
        assert suppression.is_suppressed(session, person.email_suppression, "newsletter")


def test_leaving_by_the_same_link_after_coming_back_suppresses_again(
    client, path, database, person, clock, other_session
):
    client.post(path, data={"scope": "topic"})
    decide(database, person, ledger.State.GRANTED, "newsletter", now=clock.now)
    with other_session() as session:
        assert not suppression.is_suppressed(session, person.email_suppression, "newsletter")
    client.post(path, data={"scope": "topic"})
    with other_session() as session:
        assert suppression.is_suppressed(session, person.email_suppression, "newsletter")


def test_undo_keeps_the_phone_withheld(client, path, other_session, person):
    client.post(path, data={"scope": "all"})
    client.post(path, data={"undo": "1"})
    with other_session() as session:
        assert suppression.is_suppressed(session, person.phone_suppression, AUDIENCES)
        assert not suppression.is_suppressed(session, person.email_suppression, AUDIENCES)


def test_a_link_gives_nothing_to_somebody_who_never_left_by_it(client, path, granted, database, person):
    with database.session() as session:
        people_operations.withdraw_everything(
            session,
            session.get(Person, person.id),
            channel=ledger.Channel.ACCOUNT,
            notice=account_notice("fi"),
            language="fi",
            now=person.created_at,
        )
        session.commit()
    client.post(path, data={"undo": "1"})
    assert granted() == set()


def test_a_reason_may_follow_and_decides_nothing(client, path, granted, other_session):
    client.post(path, data={"scope": "topic"})
    before = granted()
    page = client.post(path, data={"reason": "  Liikaa viestejä  " + "x" * 600})
    assert page.status_code == 200
    with other_session() as session:
        [departure] = session.scalars(select(Departure))
    assert departure.reason.startswith("Liikaa viestejä")
    assert len(departure.reason) == 500
    assert granted() == before


@pytest.mark.parametrize("reason", ["a\0b", "\0", "\ud800", "bell\x07 and \x1b[31m"])
def test_no_reason_keeps_a_withdrawal_from_being_taken(client, path, granted, other_session, reason):
    typed = quote(reason, errors="surrogatepass")
    answer = client.post(
        path, data=f"scope=topic&reason={typed}", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    assert "newsletter" not in granted()
    with other_session() as session:
        [departure] = session.scalars(select(Departure))
    assert not text.CONTROL.search(departure.reason or "")


FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
]


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("headers", FOREIGN)
def test_another_site_can_neither_undo_nor_give_a_reason(
    app, client, path, granted, other_session, headers, person
):
    client.post(path, data={"scope": "all"})
    length = len(history_of(other_session, person))
    for data in ({"undo": "1"}, {"undo": "1", "scope": "topic"}, {"reason": "They say so"}):
        assert mail_client(app).post(path, data=data, headers=headers).status_code == 403
    assert granted() == set()
    assert len(history_of(other_session, person)) == length
    with other_session() as session:
        assert session.scalar(select(Departure.reason)) is None


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("headers", FOREIGN)
def test_another_site_may_withdraw_but_puts_no_words_into_anybodys_mouth(
    app, path, granted, other_session, headers
):
    data = {"scope": "topic", "reason": "They say so"}
    assert mail_client(app).post(path, data=data, headers=headers).status_code == 200
    assert "newsletter" not in granted()
    with other_session() as session:
        assert session.scalar(select(Departure.reason)) is None


def test_the_buttons_of_the_page_refuse_no_stranger_and_no_proxy(app, path, granted):
    answer = new_client(app).post(path, data={"scope": "topic"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert "newsletter" not in granted()


def test_unknown_forged_and_foreign_links_look_alike(client, path, database, settings, clock, granted):
    with database.session() as session:
        foreign = links.make(session, settings.mail_keys, "confirm", clock.now, data={})
        session.commit()
    handle = Signer(settings.mail_keys, "unsubscribe").unsign(path.removeprefix("/u/"))
    tokens = [
        path.removeprefix("/u/")[:-1] + ("A" if path[-1] != "A" else "B"),
        Signer(["another key that is thirty-two long"], "unsubscribe").sign(handle),
        Signer(settings.mail_keys, "unsubscribe").sign("nobody-has-this-one-"),
        Signer(settings.mail_keys, "confirm").sign(handle),
        foreign,
        "x",
    ]
    seen = set()
    for bad in (f"/u/{token}" for token in tokens):
        for method in ("GET", "POST"):
            answer = client.open(bad, method=method)
            seen.add((answer.status_code, answer.text.replace(bad, "")))
    assert {status for status, _text in seen} == {404}
    assert len(seen) == 1
    assert "newsletter" in granted()


def test_a_link_of_before_a_key_rotation_still_works(client, path, settings, app, granted):
    rotated = replace(settings, mail_keys=("a newer key of thirty-two letters", *settings.mail_keys))
    app.extensions["clevenio"].settings = rotated
    assert client.post(path).status_code == 200
    assert "newsletter" not in granted()


def test_it_never_expires(client, path, clock, granted):
    clock.advance(days=4000)
    assert client.post(path).status_code == 200
    assert "newsletter" not in granted()


def test_an_erased_person_is_told_that_it_is_done(client, path, database, person):
    with database.session() as session:
        session.delete(session.get(Person, person.id))
        session.commit()
    for answer in (
        client.get(path),
        client.post(path, data=ONE_CLICK),
        client.post(path, data={"undo": "1"}),
    ):
        assert (answer.status_code, "You are unsubscribed" in answer.text) == (200, True)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_it_is_never_rate_limited(app, path):
    client = mail_client(app)
    assert {client.post(path, data=ONE_CLICK).status_code for _ in range(120)} == {200}
