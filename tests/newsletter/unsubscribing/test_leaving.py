"""The link in each mail: looking does nothing, one post does it, from the page or the mail client."""

import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from clevenio.newsletter.models import Departure
from clevenio.people import suppression, text
from clevenio.people.models import Person, Suppression
from tests.newsletter.unsubscribing.conftest import AUDIENCES, ONE_CLICK, history_of, mail_client
from tests.support.factories import make_person


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
        assert page.headers["Referrer-Policy"] == "strict-origin"
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


def test_what_is_ticked_stops_and_the_rest_stays_and_can_be_undone(
    client, path, granted, other_session, person
):
    page = client.get(path).text
    assert page.count('name="stop"') == 4
    answer = client.post(path, data={"scope": "chosen", "stop": ["surveys", "ad_audiences"]})
    assert answer.status_code == 200
    assert granted() == {"newsletter", "mail_opens"}
    assert "surveys" not in re.findall(r'name="stop" value="(\w+)"', answer.text)
    with other_session() as session:
        shut = suppression.scopes(session, person.email_suppression)
    assert {"surveys", AUDIENCES} <= shut
    assert "newsletter" not in shut
    client.post(path, data={"undo": "1"})
    assert {"newsletter", "surveys", "mail_opens", AUDIENCES} <= granted()


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("stop", [[], ["trials"], ["analytics"], ["newsletter\0"]])
def test_ticking_nothing_that_there_is_stops_nothing_and_says_so(client, path, granted, stop):
    before = granted()
    answer = client.post(path, data={"scope": "chosen", "stop": stop})
    assert answer.status_code == 422
    assert 'id="stop-error"' in answer.text
    assert "<title>Virhe: " in answer.text
    assert granted() == before


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_stray_box_takes_nothing_that_the_button_did_not_say(client, path, granted):
    before = granted()
    assert client.post(path, data={"scope": "topic", "stop": "surveys"}).status_code == 200
    assert before - granted() == {"newsletter"}


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_browser_is_led_back_to_the_page_and_a_mail_client_never_is(client, path, granted):
    navigated = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "same-origin"}

    def post(**fields):
        answer = client.post(path, data=fields, headers=navigated)
        assert answer.status_code == 303
        assert "Set-Cookie" not in answer.headers
        return answer.location

    assert post(scope="topic") == path
    assert "Thank you for telling us" not in client.get(f"{path}?said=reason&language=en").text
    assert post(reason="Too often") == f"{path}?said=reason"
    assert "Thank you for telling us" in client.get(f"{path}?said=reason&language=en").text
    assert "newsletter" not in granted()
    assert post(undo="1") == f"{path}?said=undo"
    assert "You get these messages again" in client.get(f"{path}?said=undo&language=en").text
    assert "newsletter" in granted()
    answer = client.post(
        path, data=ONE_CLICK, headers={"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 200
