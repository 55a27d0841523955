"""Mail that failed or ended uncertain: seen, and decided about once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio import outbox
from clevenio.audit import AuditEntry, subject_hash
from clevenio.outbox import Mail, MailState
from tests.support.application import form_token
from tests.support.factories import NOW, make_person


@pytest.fixture
def trouble(database):
    """`trouble("failed")`: the id of a mail in that state, and of the person it was for."""

    def make(state="failed"):
        with database.session() as session:
            person = make_person(session)
            mail = outbox.queue(
                session,
                kind="verify",
                sender="account@example.com",
                recipient="nobody@example.com",
                subject="<b>Verify</b>",
                message=b"made up",
                now=NOW,
                person=person.id,
            )
            session.flush()
            mail.state, mail.finished_at, mail.reply = state, NOW - timedelta(days=1), "550 <i>no</i>"
            mail.attempts = 4
            session.commit()
            return mail.id, person.id

    return make


@pytest.fixture
def kept(other_session):
    def find(mail_id):
        with other_session() as session:
            actions = session.execute(select(AuditEntry.action, AuditEntry.subject)).all()
            return session.get(Mail, mail_id), [row for row in actions if row[0].startswith("mail.")]

    return find


@pytest.mark.parametrize("state", ["failed", "uncertain"])
def test_what_did_not_arrive_is_listed_and_looking_is_an_entry(sign_in_staff, trouble, kept, state):
    mail_id, _ = trouble(state)
    page = sign_in_staff("administrator").get("/staff/failed-mail").text
    assert "nobody@example.com" in page
    assert "&lt;b&gt;Verify&lt;/b&gt;" in page
    assert "550 &lt;i&gt;no&lt;/i&gt;" in page
    assert [action for action, _ in kept(mail_id)[1]] == ["mail.list"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_looking_names_the_person_of_a_mail_else_whoever_has_its_address(
    sign_in_staff, trouble, other_session, database, settings
):
    known, _ = trouble()
    unknown, _ = trouble("uncertain")
    foreign, _ = trouble()
    with database.session() as session:
        other = make_person(session, "nobody@example.com")
        session.get(Mail, unknown).person = None
        session.get(Mail, foreign).person = None
        session.get(Mail, foreign).recipient = "no address"
        person = session.get(Mail, known).person
        session.commit()
    sign_in_staff("administrator").get("/staff/failed-mail")
    with other_session() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "mail.list")).one()
    assert entry.details["subjects"] == sorted(
        subject_hash(settings.suppression_key, each) for each in (person, other.id)
    )


def test_an_empty_list_says_so_and_leaves_no_entry(sign_in_staff, kept, trouble):
    mail_id, _ = trouble("sent")
    assert "Every mail arrived" in sign_in_staff("administrator").get("/staff/failed-mail").text
    assert kept(mail_id)[1] == []


@pytest.mark.parametrize(("act", "action"), [("again", "mail.again"), ("end", "mail.let_go")])
def test_somebody_decides_once_and_the_trail_says_who(sign_in_staff, trouble, kept, settings, act, action):
    mail_id, person = trouble()
    client = sign_in_staff("administrator")
    token = form_token(client.get("/staff/failed-mail"))
    path = f"/staff/failed-mail/{mail_id}/{act}"
    assert client.post(path, data={"csrf_token": token}).status_code == 303
    mail, entries = kept(mail_id)
    if act == "again":
        # Kept in a folder, so it went at once.
        assert mail.state == MailState.SENT
    else:
        assert (mail.state, mail.message) == (MailState.LET_GO, b"")
    assert entries[-1] == (action, subject_hash(settings.suppression_key, person))
    assert client.post(path, data={"csrf_token": token}).status_code == 404


@pytest.mark.parametrize("backend", ["sqlite"])
def test_nothing_happens_without_the_forms_token(sign_in_staff, trouble, kept):
    mail_id, _ = trouble()
    response = sign_in_staff("administrator").post(f"/staff/failed-mail/{mail_id}/end")
    assert response.status_code == 400
    assert kept(mail_id)[0].state == MailState.FAILED


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_mail_that_is_on_its_way_is_nobodys_to_decide(sign_in_staff, trouble, kept):
    mail_id, _ = trouble("sending")
    client = sign_in_staff("administrator")
    token = form_token(client.get("/staff/"))
    assert client.post(f"/staff/failed-mail/{mail_id}/again", data={"csrf_token": token}).status_code == 404
    assert kept(mail_id)[0].state == MailState.SENDING
