"""A guardian's message: the data is frozen at once, and erased or freed after a light check."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio import outbox
from clevenio.accounts import queries as account_queries
from clevenio.accounts import signups
from clevenio.audit import AuditEntry
from clevenio.errors import BadToken, Refused
from clevenio.inquiries import operations as inquiries
from clevenio.inquiries import queries as inbox
from clevenio.inquiries.operations import Message
from clevenio.newsletter import operations as subscriptions
from clevenio.outbox import Mail, MailState
from clevenio.people import restrictions
from clevenio.people.addresses import address
from clevenio.people.imports.operations import import_people
from clevenio.people.models import Link, Person
from clevenio.rights.models import State
from tests.rights.conftest import EMAIL, make_everything
from tests.support.factories import NOW
from tests.support.mailbox import text_of
from tests.support.retention import let_go

GUARDIAN = "guardian@example.com"


def test_one_act_freezes_at_once(acts, other_session):
    acts.customer()
    request = acts.freeze()
    assert acts.person().restricted_at == NOW
    assert acts.request(request).state == State.UNVERIFIED
    assert acts.history(request) == ["frozen"]
    with other_session() as session:
        assert restrictions.is_restricted(session, EMAIL)
        actions = session.scalars(select(AuditEntry.action)).all()
    assert actions == ["rights.freeze"]


def test_the_account_lets_nobody_in_and_is_in_no_list(acts, other_session):
    acts.customer()
    acts.freeze()
    with other_session() as session:
        kept = account_queries.credentials(session, EMAIL)
        account = session.scalars(account_queries.recent_signups()).all()
        assert (kept.member, account) == (None, [])
        person = session.scalars(select(Person)).one()
        found = account_queries.account_of(session, person.id)
        assert account_queries.identity(session, found.id) is None


def test_its_messages_leave_the_inbox_but_a_later_one_is_read(acts, database, settings, other_session):
    acts.customer()
    acts.freeze(now=NOW + timedelta(hours=1))
    with other_session() as session:
        assert inbox.count(session) == 0
        assert session.scalars(inbox.inbox()).all() == []
    with database.session() as session:
        later = Message("Huoltaja", address(EMAIL), "The account is my child's.", None)
        inquiries.send(session, settings, later, "en", NOW + timedelta(hours=2))
        session.commit()
        assert inbox.count(session) == 1


def test_no_mail_leaves_but_the_answer(acts, database, settings, relay, mailbox):
    with database.session() as session:
        make_everything(session, settings)
        session.commit()
    acts.freeze()
    with database.session() as session:
        kept = outbox.queue_account_mail(
            session,
            settings,
            "accounts/mail/known.html",
            kind="account",
            to=EMAIL.upper().replace("EXAMPLE.COM", "example.com"),
            language="en",
            now=NOW,
            address="http://localhost",
        )
        session.commit()
    gate = restrictions.gate(lambda: database.open(write=False))
    outbox.deliver_due(database, relay, lambda: NOW, gate)
    assert mailbox.all(EMAIL) == []
    assert len(mailbox.all(GUARDIAN)) == 1
    with database.session(write=False) as session:
        assert session.get(Mail, kept.id).state == MailState.WITHHELD
        assert MailState.PENDING not in session.scalars(select(Mail.state)).all()


def test_the_site_withholds_mail_by_its_own_tick(app, acts, mailbox):
    kit = app.extensions["clevenio"]
    acts.freeze()
    with kit.database.session() as session:
        message = Message("Aino", address(EMAIL), "Hello", None)
        inquiries.send(session, kit.settings, message, "en", NOW)
        session.commit()
    kit.jobs.run("mail")
    assert mailbox.all(EMAIL) == []


def test_nothing_new_is_taken_in_and_no_link_opens(acts, database, settings, other_session):
    acts.customer()
    acts.freeze()
    with database.session() as session:
        before = len(session.scalars(select(Link)).all())
        entry = signups.Entry(address(EMAIL), {"phone": None}, "hash", (), signups.current_terms(NOW))
        signups.sign_up(session, settings, entry, "en", NOW)
        subscriptions.ask(session, settings, address(EMAIL), ["newsletter"], "en", NOW)
        session.flush()
        assert len(session.scalars(select(Link)).all()) == before
        verify = session.scalars(select(Link).where(Link.purpose == "verify")).one()
        with pytest.raises(BadToken):
            signups.verify(session, settings, verify, NOW)


def test_a_subscription_that_waits_is_not_confirmed(acts, database, settings):
    with database.session() as session:
        subscriptions.ask(session, settings, address(EMAIL), ["newsletter"], "en", NOW)
        session.commit()
    acts.freeze()
    with database.session() as session:
        from clevenio.signing import Signer

        link = session.scalars(select(Link).where(Link.purpose == "confirm")).one()
        token = Signer(settings.mail_keys, "confirm").sign(link.handle)
        with pytest.raises(BadToken):
            subscriptions.confirm(session, settings, token, NOW)


def test_an_import_leaves_a_frozen_address_out_known_or_not(acts, database, settings, tmp_path):
    acts.customer()
    acts.freeze()
    acts.freeze("unknown.child@example.com")
    file = tmp_path / "people.csv"
    file.write_text(f"email,first_name\n{EMAIL},Eno\nunknown.child@example.com,Lapsi\n", encoding="utf-8")
    with database.session() as session:
        report = import_people(session, settings, file, now=NOW)
        session.commit()
    assert [note.code for note in report.warnings] == ["restricted", "restricted"]
    assert acts.person("unknown.child@example.com") is None
    assert acts.person().first_name == "Aino"


def test_frozen_data_does_not_expire(acts, database):
    acts.customer()
    acts.freeze()
    with database.session() as session:
        let_go(session, signups.SWEEPS, NOW + timedelta(days=30))
        let_go(session, subscriptions.SWEEPS, NOW + timedelta(days=30))
        session.commit()
        assert len(session.scalars(select(Link).where(Link.purpose == "confirm")).all()) == 1
        from clevenio.accounts.models import Signup

        assert len(session.scalars(select(Signup)).all()) == 1


def test_told_twice_it_is_one_request(acts):
    acts.customer()
    assert acts.freeze() == acts.freeze(EMAIL.upper().replace("EXAMPLE.COM", "example.com"))


def test_nothing_is_erased_before_the_check(acts, relay):
    acts.customer()
    request = acts.freeze()
    with pytest.raises(Refused):
        acts.begin(request)
    acts.check(request)
    with pytest.raises(Refused):
        acts.check(request)
    acts.erase(request, relay)
    assert acts.request(request).state == State.DONE
    assert acts.person() is None
    assert acts.history(request) == ["frozen", "checked", "erased", "answered", *acts.cleaned, "done"]


def test_the_guardian_is_answered_and_forgotten(acts, relay, mailbox, other_session):
    acts.customer()
    request = acts.freeze()
    acts.check(request)
    acts.erase(request, relay)
    assert "Nimeämäsi osoitteen tiedot on poistettu" in text_of(mailbox.newest(GUARDIAN))
    assert acts.request(request).answer_to is None
    with other_session() as session:
        [answer] = session.scalars(select(Mail)).all()
    assert (answer.recipient, answer.message, answer.reply, answer.about) == ("", b"", None, request)


def test_what_staff_noted_loses_the_address(acts, relay, other_session):
    from clevenio.rights.models import Event

    request = acts.freeze()
    acts.check(request)
    with other_session() as session:
        left = [f"event:{each}" for each in session.scalars(select(Event.id))]
    acts.erase(request, relay, left=left)
    with other_session() as session:
        notes = [note for note in session.scalars(select(Event.note)) if note]
    assert "… is my child's" in notes


def test_who_stays_restricted_is_not_told_that_the_data_is_used_again(acts, relay, mailbox, database):
    person = acts.customer()
    with database.session() as session:
        restrictions.restrict(session, EMAIL, restrictions.Ground.CLAIM, person, NOW)
        session.commit()
    acts.lift(acts.freeze())
    acts.deliver(relay)
    told = text_of(mailbox.newest(EMAIL))
    assert "Toinen tietojesi käytön rajoitus jatkuu" in told
    assert "käytetään taas" not in told


def test_lifting_frees_everything_and_tells_both(acts, relay, mailbox, other_session):
    acts.customer()
    request = acts.freeze()
    acts.deliver(relay)
    acts.lift(request)
    acts.deliver(relay)
    assert acts.person().restricted_at is None
    assert acts.request(request).state == State.REFUSED
    assert "lapsen" in text_of(mailbox.newest(EMAIL))
    assert "The holder works at a bank" in text_of(mailbox.newest(GUARDIAN))
    assert "The holder works at a bank" not in text_of(mailbox.newest(EMAIL))
    with other_session() as session:
        assert account_queries.credentials(session, EMAIL).member is not None
        assert not restrictions.is_restricted(session, EMAIL)


def test_the_clocks_count_from_the_day_the_message_came(acts):
    request = acts.freeze(received_at=NOW - timedelta(days=20))
    assert acts.request(request).is_overdue(NOW)


def test_an_address_nobody_has_is_held_against_files_after_the_erasure(
    acts, relay, database, settings, tmp_path
):
    request = acts.freeze("nobody.here@example.com", answer_to=None)
    acts.check(request)
    acts.erase(request, relay)
    assert acts.request(request).state == State.DONE
    file = tmp_path / "people.csv"
    file.write_text("email\nnobody.here@example.com\n", encoding="utf-8")
    with database.session() as session:
        report = import_people(session, settings, file, now=NOW)
        session.commit()
    assert [note.code for note in report.warnings] == ["erased"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_frozen_person_is_found_by_the_privacy_officer_alone(acts, sign_in_staff, clock):
    from tests.support.application import form_token

    acts.customer()
    acts.freeze(now=NOW + timedelta(seconds=1))
    support, officer = sign_in_staff("support"), sign_in_staff("privacy_officer")

    def find(client, reason):
        token = form_token(client.get("/staff/people"))
        return client.post("/staff/people", data={"csrf_token": token, "email": EMAIL, "reason": reason})

    assert find(support, "inquiry").status_code == 200
    found = find(officer, "request")
    assert found.status_code == 303
    assert EMAIL in officer.get(found.location).text
    for_support = found.location.replace("request", "inquiry")
    assert support.get(for_support).status_code == 404


def test_a_second_message_is_noted_and_its_answer_address_taken_where_there_is_none(acts, database, mailbox):
    request = acts.freeze(answer_to=None)
    assert acts.freeze(answer_to=None) == request
    assert acts.freeze(answer_to=GUARDIAN) == request
    assert acts.request(request).answer_to == GUARDIAN
    assert acts.freeze(answer_to="second@example.com") == request
    assert acts.request(request).answer_to == GUARDIAN
    assert acts.history(request) == ["frozen", "told_again", "told_again", "told_elsewhere"]
    with database.session(write=False) as session:
        written = session.scalars(select(Mail.recipient).where(Mail.kind == restrictions.ANSWER)).all()
    assert written == [GUARDIAN]
