"""Mail that failed or ended uncertain: seen, and decided about once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio import outbox
from clevenio.accounts import mail_requests
from clevenio.accounts.models import AddressChange, MailRequest
from clevenio.audit import AuditEntry, subject_hash
from clevenio.newsletter.bounces import operations as bounces
from clevenio.newsletter.bounces.matching import Matched
from clevenio.newsletter.bounces.models import Source
from clevenio.newsletter.bounces.statuses import kind_of
from clevenio.outbox import Mail, MailState
from clevenio.people import suppression
from clevenio.people.models import Person
from clevenio.registry import load
from tests.support.accounts import make_account
from tests.support.application import form_token
from tests.support.factories import NOW, make_person
from tests.support.retention import let_go


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


@pytest.mark.parametrize(
    ("email", "waits"), [("nobody@example.com", False), ("nobody@example.com", True), ("no address", False)]
)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_mail_let_go_forgets_its_address_unless_something_waits_there(
    sign_in_staff, trouble, kept, database, email, waits
):
    mail_id, _ = trouble()
    with database.session() as session:
        mail = session.get(Mail, mail_id)
        mail.person, mail.recipient = None, email
        if waits:
            account = make_account(session, "mover@example.com")
            change = {"email": email, "created_at": NOW, "expires_at": NOW + timedelta(days=1)}
            session.add(AddressChange(account_id=account.id, **change))
        session.commit()
    client = sign_in_staff("administrator")
    token = form_token(client.get("/staff/failed-mail"))
    client.post(f"/staff/failed-mail/{mail_id}/end", data={"csrf_token": token})
    mail = kept(mail_id)[0]
    assert (mail.state, mail.recipient) == (MailState.LET_GO, email if waits else "")
    assert (mail.reply is None) is not waits


@pytest.fixture
def came_back(trouble, database, settings):
    """`came_back("5.1.1", "550 said")`: the id of a mail that was sent, and came back with these words."""

    def make(status="5.1.1", said="550 5.1.1 no & gone"):
        mail_id, person = trouble("sent")
        with database.session() as session:
            mail = session.get(Mail, mail_id)
            mail.message, mail.reply = b"", "250 queued as 4XyZ"
            mailbox = session.get(Person, person).email_suppression
            matched = Matched(mail, session.get(Person, person), mailbox)
            report = bounces.of_reply(status, said, "made up")
            bounces.note_about(session, matched, report, kind_of(status), Source.REPORT, NOW)
            session.commit()
        return mail_id

    return make


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Came back", "No such mailbox", "All failed mail", "Does not go there any more")),
        ("fi", ("Palautui", "Postilaatikkoa ei ole", "Kaikki perille menemätön posti", "Ei enää lähetetä")),
    ],
)
def test_a_mail_that_came_back_is_shown_with_the_words_of_the_report(
    sign_in_staff, came_back, kept, language, words
):
    mail_id = came_back()
    boss, spoken = sign_in_staff("administrator"), {"Accept-Language": language}
    listed = boss.get("/staff/failed-mail", headers=spoken).text
    page = boss.get(f"/staff/failed-mail/{mail_id}", headers=spoken).text
    for shown, said in ((listed, words[:2]), (page, words)):
        for word in (*said, "550 5.1.1 no &amp; gone"):
            assert word in shown
    assert "250 queued as 4XyZ" in page
    assert [action for action, _ in kept(mail_id)[1]] == ["mail.list", "mail.read"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_says_nothing_of_the_mailbox_is_told_apart(sign_in_staff, came_back):
    page = sign_in_staff("administrator").get(f"/staff/failed-mail/{came_back('5.7.1', '550 policy')}").text
    assert "Our mail was refused" in page
    assert "Does not go there any more" not in page


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(("scope", "is_said"), [("surveys", False), (suppression.EVERYTHING, True)])
def test_who_left_one_topic_still_gets_the_others(sign_in_staff, came_back, database, scope, is_said):
    mail_id = came_back("5.7.1", "550 policy")
    with database.session() as session:
        key = session.get(Person, session.get(Mail, mail_id).person).email_suppression
        suppression.suppress(session, key, "email", scope, "unsubscribed", NOW)
        session.commit()
    page = sign_in_staff("administrator").get(f"/staff/failed-mail/{mail_id}").text
    assert ("Does not go there any more: Unsubscribed" in page) is is_said


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_mail_that_came_back_can_only_be_left(sign_in_staff, came_back, kept):
    mail_id = came_back()
    client = sign_in_staff("administrator")
    listed = client.get("/staff/failed-mail")
    assert "Send again" not in listed.text
    token = {"csrf_token": form_token(listed)}
    assert client.post(f"/staff/failed-mail/{mail_id}/again", data=token).status_code == 403
    assert kept(mail_id)[0].state == MailState.RETURNED
    assert client.post(f"/staff/failed-mail/{mail_id}/end", data=token).status_code == 303
    assert kept(mail_id)[0].state == MailState.LET_GO
    assert client.get(f"/staff/failed-mail/{mail_id}").status_code == 404


@pytest.mark.parametrize("backend", ["sqlite"])
def test_what_arrived_has_no_page_here(sign_in_staff, trouble):
    mail_id, _ = trouble("sent")
    assert sign_in_staff("administrator").get(f"/staff/failed-mail/{mail_id}").status_code == 404


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


@pytest.fixture
def broken(monkeypatch):
    """Mails that are asked for cannot be written, as where a template is broken; `broken()` mends it."""

    def write(*_):
        raise ValueError("a template is broken")

    written = dict(mail_requests.ANSWERS)
    monkeypatch.setattr(mail_requests, "ANSWERS", {**written, "reset": write})
    return lambda: monkeypatch.setattr(mail_requests, "ANSWERS", written)


@pytest.fixture
def requests(other_session):
    """The mails that were asked for and wait, or have failed."""

    def find():
        with other_session() as session:
            return list(session.scalars(select(MailRequest)))

    return find


@pytest.fixture
def given_up(app, client, database, clock, broken, requests):
    """A request of a customer's that could not be written so often that it was given up; its id."""
    with database.session() as session:
        make_account(session, "aino@example.com")
        session.commit()
    client.post("/en/new-password", data={"email": "aino@example.com"})
    for failures, minutes in enumerate(outbox.BACKOFF, 1):
        app.extensions["clevenio"].jobs.run("account-mail")
        (waiting,) = requests()
        assert (waiting.attempts, waiting.failed_at) == (failures, None)
        assert waiting.due_at == clock.now + timedelta(minutes=minutes)
        # No sooner.
        clock.now += timedelta(minutes=minutes) - timedelta(seconds=1)
        app.extensions["clevenio"].jobs.run("account-mail")
        assert requests()[0].attempts == failures
        clock.now += timedelta(seconds=1)
    app.extensions["clevenio"].jobs.run("account-mail")
    (found,) = requests()
    assert found.failed_at == clock.now
    return found.id


def test_what_cannot_be_written_is_tried_no_oftener_than_a_relay_is(app, given_up, clock, requests):
    clock.now += timedelta(days=30)
    app.extensions["clevenio"].jobs.run("account-mail")
    (kept,) = requests()
    assert (kept.id, kept.attempts) == (given_up, len(outbox.BACKOFF) + 1)


def test_what_could_not_be_written_is_the_administrators_to_decide_about(
    given_up, sign_in_staff, other_session
):
    boss = sign_in_staff("administrator")
    assert "1 mail that was asked for could not be written" in boss.get("/staff/").text
    page = boss.get("/staff/failed-mail").text
    assert "aino@example.com" in page
    assert "Every mail arrived" not in page
    with other_session() as session:
        assert "mail.list" in session.scalars(select(AuditEntry.action)).all()


def test_once_mended_it_is_written_and_sent(app, given_up, broken, worker, mailbox, sign_in_staff, requests):
    boss = sign_in_staff("administrator")
    broken()
    token = form_token(boss.get("/staff/failed-mail"))
    path = f"/staff/failed-mail/requests/{given_up}/again"
    assert boss.post(path, data={"csrf_token": token}).status_code == 303
    worker()
    assert mailbox.newest("aino@example.com")["Subject"] == "Choose a new password"
    assert requests() == []
    assert boss.post(path, data={"csrf_token": token}).status_code == 404


def test_one_that_is_left_is_forgotten_and_the_decision_is_an_entry(
    given_up, sign_in_staff, requests, other_session
):
    boss = sign_in_staff("administrator")
    token = form_token(boss.get("/staff/failed-mail"))
    path = f"/staff/failed-mail/requests/{given_up}/end"
    assert boss.post(path, data={"csrf_token": token}).status_code == 303
    assert requests() == []
    with other_session() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "mail.let_go")).one()
    assert entry.subject is not None
    assert "aino" not in str(entry.details)


def test_what_nobody_decided_about_is_forgotten_after_its_period(given_up, database, clock, requests):
    kept = timedelta(days=load().periods["unwritten_mail"].number)
    for since, left in ((kept - timedelta(seconds=1), [given_up]), (kept, [])):
        with database.session() as session:
            let_go(session, mail_requests.SWEEPS, clock.now + since)
            session.commit()
        assert [request.id for request in requests()] == left
