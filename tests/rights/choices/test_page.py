"""What the page behind the link does: topics, opens, audiences, language, what we hold, leaving."""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from clevenio.consent import ledger
from clevenio.consent.notices import mailed_choices_notice
from clevenio.people import suppression, usage
from clevenio.people.models import Person
from clevenio.rights.access.models import DataFile
from tests.rights.choices.conftest import AINO
from tests.support.factories import refuse

pytestmark = pytest.mark.usefixtures("clock")
on_sqlite = pytest.mark.parametrize("backend", ["sqlite"])


def test_boxes_change_what_was_touched_with_its_proof(page, granted, other_session, person, clock):
    saved = page.save("newsletter", "trials", "mail_opens")
    assert saved.status_code == 200
    assert "Your choices have been saved" in saved.text
    assert granted() == {"newsletter", "trials", "mail_opens"}
    with other_session() as session:
        history = ledger.history(session, person.id)
        permit = ledger.permits(session, person.id, "trials")
    # The newsletter's box stood and still does, which is no act.
    assert {row.purpose for row in history if row.channel == "mailed_link" and row.state == "granted"} == {
        "trials",
        "mail_opens",
    }
    assert permit.decision.notice == mailed_choices_notice("en").id
    assert permit.decision.evidence == {
        "asked_at": clock.now.isoformat(),
        "opened_at": clock.now.isoformat(),
    }


@on_sqlite
def test_a_page_left_open_takes_back_nothing_that_was_said_elsewhere(page, granted, database, person):
    with database.session() as session:
        refuse(session, session.get(Person, person.id), "surveys")
        session.commit()
    page.save("newsletter", "surveys", "ad_audiences")
    assert granted() == {"newsletter", "ad_audiences"}


@on_sqlite
def test_boxes_ticked_beside_other_words_are_to_be_chosen_anew(page, granted):
    answer = page.post("/permissions", notice="0" * 32, stood="", trials="yes")
    assert answer.status_code == 422
    assert "has changed since you opened this page" in answer.text
    assert "trials" not in granted()


def test_leaving_is_an_objection_to_everything_and_can_be_repeated(page, granted, other_session, person):
    assert "If you stop everything, you get no marketing messages" in page.answer.text
    assert "You will get no marketing messages" not in page.answer.text
    for _ in range(2):
        left = page.post("/leaving")
        assert left.status_code == 200
        assert "You will get no marketing messages" in left.text
    assert granted() == set()
    with other_session() as session:
        assert suppression.is_suppressed(session, person.email_suppression, "trials")
        assert suppression.is_suppressed(session, person.phone_suppression, suppression.EVERYTHING)
        history = ledger.history(session, person.id)
    [left] = [row for row in history if row.channel == "mailed_link" and row.purpose == "newsletter"]
    assert left.evidence["opened_at"]
    # The owner of the mailbox comes back by the same page, for that and nothing else.
    page.save("surveys")
    assert granted() == {"surveys"}
    with other_session() as session:
        assert not suppression.is_suppressed(session, person.email_suppression, "surveys")
        assert suppression.is_suppressed(session, person.email_suppression, "newsletter")


@on_sqlite
def test_the_language_changes_and_a_made_up_one_does_not(page, other_session, person):
    assert page.post("/language", tongue="sv").status_code == 422
    assert page.post("/language").status_code == 422
    assert page.post("/language", tongue="fi").status_code == 200
    with other_session() as session:
        assert session.get(Person, person.id).language == "fi"


@on_sqlite
def test_the_page_goes_along_to_the_other_language_with_its_ticks(client, page, granted):
    finnish = page.path.replace("/en/my-choices/", "/fi/omat-valinnat/")
    assert f'formaction="{finnish}" name="switch"' in page.answer.text
    fields = {"secret": page.secret, "notice": "x", "stood": "", "trials": "yes", "switch": "1"}
    switched = client.post(finnish, data=fields)
    assert switched.status_code == 200
    assert '<html lang="fi"' in switched.text
    assert 'name="trials" id="box-trials" value="yes" checked' in switched.text
    assert "trials" not in granted()


@on_sqlite
def test_what_we_hold_is_read_and_taken_along(page, database, other_session, person, clock):
    page.save("mail_opens")
    with database.session() as session:
        assert usage.record_opening(session, person.id, clock.now)
        session.commit()
    shown = page.post().text
    for held in (AINO, "Aino", "+358401234567", "Mail opened"):
        assert held in shown
    answer = page.post("/copy")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.headers["Cache-Control"] == "no-store"
    with ZipFile(BytesIO(answer.data)) as file:
        assert AINO in json.dumps(json.loads(file.read("data.json")))
    with other_session() as session:
        taken = session.scalars(select(DataFile)).one()
    assert (taken.subject, taken.fetched_at) == (person.id, clock.now)
