"""From the check page on: now or at a moment, paused, gone on with, cancelled, and asked where a moment was missed."""

import re
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from clevenio.i18n import local
from clevenio.newsletter.models import Campaign
from tests.backoffice.campaigns.conftest import DESK, WORDS
from tests.backoffice.campaigns.test_writing import seen
from tests.support.factories import grant, make_person

pytestmark = pytest.mark.parametrize("backend", ["sqlite"])


@pytest.fixture
def reader(database):
    with database.session() as session:
        person = make_person(session, "reader@example.com", language="en")
        grant(session, person, "newsletter")
        session.commit()
        return person


@pytest.fixture
def send(marketer, post):
    """`send(where, "start")`: an act with the version that its page showed."""

    def act(where, what, page="/check", **fields):
        version = seen(marketer.get(f"{DESK}{where}/text"))
        return post(f"{where}{page}", f"{where}/{what}", **{"seen": version, **fields})

    return act


@pytest.fixture
def state(other_session):
    def read():
        with other_session() as session:
            return session.scalars(select(Campaign)).one().state

    return read


def tick(app):
    app.extensions["clevenio"].jobs.run("newsletter")


def test_a_checked_draft_begins_reaches_its_reader_and_its_page_says_so(
    app, marketer, written, send, reader, state, acts, settings
):
    where = written()
    assert send(where, "start").location == f"{DESK}{where}"
    assert state() == "freezing"
    assert 'data-state="freezing" data-live' in marketer.get(f"{DESK}{where}").text
    assert "stands still" not in marketer.get(f"{DESK}{where}").text
    tick(app)
    page = marketer.get(f"{DESK}{where}").text
    assert state() == "finished"
    assert "1 of 1 done" in page
    assert "data-live" not in page
    assert any(b"To: reader@example.com" in path.read_bytes() for path in (settings.data / "mail").iterdir())
    assert acts() == ["newsletter.draft", "newsletter.start"]


def test_what_was_changed_since_the_check_does_not_leave(marketer, post, written, state):
    where = written()
    version = seen(marketer.get(f"{DESK}{where}/text"))
    post(f"{where}/text", f"{where}/text", **{**WORDS, "text_en": "Other.", "seen": version})
    answer = post(f"{where}/check", f"{where}/start", seen=version)
    assert answer.status_code == 422
    assert "was changed since you checked it" in answer.text
    assert state() == "draft"


def test_a_segment_that_was_widened_since_the_check_is_another_version(
    database, marketer, post, written, state
):
    where = written()

    def widened_to(criteria):
        with database.session() as session:
            session.scalars(select(Campaign)).one().criteria = criteria
            session.commit()

    widened_to({"role": ["owner"]})
    version = seen(marketer.get(f"{DESK}{where}/text"))
    widened_to({"role": ["owner", "director"]})
    assert post(f"{where}/check", f"{where}/start", seen=version).status_code == 422
    assert state() == "draft"


def test_a_campaign_that_breaks_a_rule_cannot_be_sent(send, written, state):
    where = written(text_fi="", subject_fi="")
    for act in ("start", "schedule"):
        answer = send(where, act, day="2027-01-01", clock="09:00")
        assert answer.status_code == 422
        assert state() == "draft"


def test_what_sends_takes_a_fresh_proof(marketer, post, written, clock, state, send):
    where = written()
    clock.advance(minutes=11)
    answer = send(where, "start")
    assert state() == "draft"
    assert answer.status_code == 403
    assert "Confirm that it is you" in answer.text


def test_a_schedule_begins_at_its_moment_by_the_clock_in_finland(
    app, marketer, send, written, clock, reader, state, database
):
    where = written()
    at = local(clock.now + timedelta(minutes=90))
    send(where, "schedule", day=f"{at:%Y-%m-%d}", clock=f"{at:%H:%M}")
    assert state() == "scheduled"
    assert "Begins on" in marketer.get(f"{DESK}{where}").text
    tick(app)
    assert state() == "scheduled"
    with database.session(write=False) as session:
        clock.now = session.scalars(select(Campaign)).one().scheduled_at
    assert f"{local(clock.now):%H:%M}" == f"{at:%H:%M}"
    tick(app)
    assert state() == "finished"


def test_a_moment_that_is_none_is_refused_and_what_was_typed_stays(send, written, state):
    where = written()
    for day, time, said in (
        ("", "09:00", "Choose a day."),
        ("2027-01-01", "", "Choose a time."),
        ("2027-03-28", "03:30", "this time is left out"),
        ("2026-10-25", "03:30", "this time comes twice"),
        ("2020-01-01", "09:00", "That moment has passed"),
        ("soon", "early", "Choose a day."),
    ):
        answer = send(where, "schedule", day=day, clock=time)
        assert answer.status_code == 422
        assert said in answer.text
        assert f'value="{day}"' in answer.text
    assert state() == "draft"


def test_a_moment_that_comes_twice_is_asked_about_and_then_taken(send, written, state, other_session):
    where = written()
    asked = send(where, "schedule", day="2026-10-25", clock="03:30")
    assert "The second, by winter time" in asked.text
    send(where, "schedule", day="2026-10-25", clock="03:30", which="winter")
    with other_session() as session:
        assert session.scalars(select(Campaign)).one().scheduled_at.isoformat() == "2026-10-25T01:30:00+00:00"


def test_a_missed_moment_asks_on_the_overview_and_sends_nothing_by_itself(
    app, sign_in_staff, send, written, clock, reader, state
):
    where = written()
    send(where, "schedule", day="2026-12-01", clock="09:00")
    clock.now = datetime.fromisoformat("2026-12-01T09:30:00+02:00")
    tick(app)
    assert state() == "scheduled"
    later = sign_in_staff("marketer", email="later@example.com")
    assert "The moment was missed" in later.get(f"{DESK}{where}").text
    assert "It waits for your word" in later.get("/staff/").text


def test_a_running_campaign_is_paused_gone_on_with_and_cancelled(
    app, marketer, post, send, written, reader, state, acts
):
    where = written()
    send(where, "start")
    for act, then in (
        ("pause", "paused"),
        ("resume", "freezing"),
        ("pause", "paused"),
        ("cancel", "cancelled"),
    ):
        assert post(where, f"{where}/{act}").status_code == 303
        assert state() == then
    tick(app)
    assert "Nobody else gets it" not in marketer.get(f"{DESK}{where}").text
    assert acts()[-4:] == ["newsletter.pause", "newsletter.resume", "newsletter.pause", "newsletter.cancel"]


def test_an_act_that_the_state_does_not_allow_changes_nothing(marketer, post, written, state):
    where = written()
    assert post(f"{where}/check", f"{where}/pause").status_code == 403
    assert post(f"{where}/check", f"{where}/resume").status_code == 403
    assert state() == "draft"


def test_a_scheduled_campaign_becomes_a_draft_again_to_be_rewritten(send, post, written, state):
    where = written()
    send(where, "schedule", day="2027-01-01", clock="09:00")
    assert post(where, f"{where}/draft").location == f"{DESK}{where}/text"
    assert state() == "draft"


def test_a_second_press_on_send_lands_on_the_campaign_that_the_first_began(
    app, marketer, written, send, reader, state, acts
):
    where = written()
    for _ in range(2):
        assert send(where, "start").location == f"{DESK}{where}"
    tick(app)
    assert send(where, "start").location == f"{DESK}{where}"
    assert state() == "finished"
    assert acts().count("newsletter.start") == 1
    assert send(where, "start", seen="another").status_code == 422


def test_a_campaign_that_was_called_off_before_it_began_is_sent_by_no_press(send, post, written, state):
    where = written()
    send(where, "schedule", day="2027-01-01", clock="09:00")
    post(where, f"{where}/cancel")
    assert send(where, "start").status_code == 422
    assert state() == "cancelled"


def test_the_list_says_when_each_began_and_when_it_is_to(app, marketer, written, send, reader, clock):
    where = written()
    assert '<td data-label="Begins">–</td>' in marketer.get(DESK).text
    send(where, "schedule", day="2026-10-25", clock="03:30", which="winter")
    listed = marketer.get(DESK).text
    assert 'to begin on <time datetime="2026-10-25T01:30:00+00:00">' in listed
    assert "by winter time</time>" in listed
    assert "by winter time" in marketer.get(f"{DESK}{where}").text
    clock.advance(minutes=5)
    send(where, "start")
    began = f'<td data-label="Begins"><time datetime="{clock.now.isoformat()}">'
    assert began in marketer.get(DESK).text
    clock.advance(minutes=5)
    tick(app)
    assert began in marketer.get(DESK).text


def test_a_schedule_begins_when_it_fires(app, written, send, reader, clock, database):
    where = written()
    at = local(clock.now + timedelta(minutes=90))
    send(where, "schedule", day=f"{at:%Y-%m-%d}", clock=f"{at:%H:%M}")
    clock.advance(minutes=91)
    tick(app)
    with database.session(write=False) as session:
        assert session.scalars(select(Campaign)).one().begun_at == clock.now


@pytest.mark.parametrize("which", ["winter", "summer"])
def test_which_of_two_times_was_meant_stays_where_something_else_is_wrong(send, written, which):
    where = written()
    answer = send(where, "schedule", day="2020-10-25", clock="03:30", which=which)
    assert answer.status_code == 422
    assert re.search(rf'value="{which}"[^>]* checked|checked[^>]* value="{which}"', answer.text)
