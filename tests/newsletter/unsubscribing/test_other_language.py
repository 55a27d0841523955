"""The way out in the other language than the person's own: the same page, and nothing stored by the switch."""

import pytest
from sqlalchemy import select

from clevenio.consent.notices import withdrawal_notice
from clevenio.newsletter.departures import undo_notice
from clevenio.people.models import Person
from tests.newsletter.unsubscribing.conftest import ONE_CLICK, history_of, mail_client
from tests.support.switch import tongue


def test_the_switch_shows_the_same_page_and_stores_nothing(client, path, other_session, person, granted):
    before, decided = granted(), len(history_of(other_session, person))
    finnish = client.get(path)
    assert tongue(finnish) == f"{path}?language=en"
    english = client.get(tongue(finnish))
    assert '<html lang="en">' in english.text
    assert "What would you like to stop?" in english.text
    assert english.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in english.headers
    assert tongue(english) == f"{path}?language=fi"
    assert '<html lang="fi">' in client.get(tongue(english)).text
    assert granted() == before
    assert len(history_of(other_session, person)) == decided
    with other_session() as session:
        assert session.scalar(select(Person.language)) == "fi"


def test_a_press_answers_in_that_language_and_keeps_what_was_read(client, path, last, granted):
    asked = f"{path}?language=en"
    left = client.post(asked, data={"scope": "topic"})
    assert left.status_code == 200
    assert "You are unsubscribed" in left.text
    assert tongue(left) == f"{path}?language=fi"
    assert (last().language, last().notice) == ("en", withdrawal_notice("en").id)
    assert '<html lang="fi">' in client.get(tongue(left)).text
    back = client.post(asked, data={"undo": "1"})
    assert "You get these messages again" in back.text
    assert (last().language, last().notice) == ("en", undo_notice(("newsletter",), "en").id)
    assert "newsletter" in granted()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_after_a_press_the_switch_leads_to_the_page_of_the_link(client, path):
    refused = client.post(path, data={"scope": "chosen"})
    assert refused.status_code == 422
    assert tongue(refused) == f"{path}?language=en"
    assert "What would you like to stop?" in client.get(tongue(refused)).text


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("asked", ["sv", "", "../en", "EN"])
def test_another_language_than_ours_leaves_the_persons_own(client, path, asked):
    assert '<html lang="fi">' in client.get(path, query_string={"language": asked}).text


@pytest.mark.parametrize("backend", ["sqlite"])
def test_one_click_is_taken_in_the_persons_own_language(app, path, last):
    answer = mail_client(app).post(path, data=ONE_CLICK, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Location" not in answer.headers
    assert (last().language, last().notice) == ("fi", withdrawal_notice("fi").id)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("language", "would", "all_would", "has"),
    [
        ("fi", "Jos lopetat tämän, et saa enää", "Jos lopetat kaikki, et saa enää", "Et saa enää näitä"),
        ("en", "If you stop this, you get", "If you stop everything, you get", "You will get no more"),
    ],
)
def test_the_page_says_what_a_press_would_do_and_afterwards_what_it_did(
    client, path, language, would, all_would, has
):
    asked = f"{path}?language={language}"
    before = client.get(asked).text
    left = client.post(asked, data={"scope": "topic"}).text
    back = client.post(asked, data={"undo": "1"}).text
    for page in (before, back):
        assert would in page
        assert all_would in page
        assert has not in page
    assert has in left
    assert would not in left
    assert all_would in left


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_else_may_be_stopped_is_not_called_messages(client, path):
    left = client.post(path, data={"scope": "topic"}).text
    assert "Lopeta jotain muutakin" in left
    assert "Mainonnan kohderyhmät" in left
    assert "muita viestejä" not in left
