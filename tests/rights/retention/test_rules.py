"""What each rule lets go of, when, and what it leaves alone."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from clevenio import outbox
from clevenio.accounts.models import Agreement
from clevenio.audiences import expiry as audiences
from clevenio.audiences.models import Export, Membership
from clevenio.backoffice.misuse.models import Alert
from clevenio.consent import ledger, sealing
from clevenio.inquiries import queries as inquiries
from clevenio.inquiries.models import Inquiry
from clevenio.newsletter import expiry as newsletter
from clevenio.newsletter.bounces.models import Bounce
from clevenio.newsletter.models import Delivery, Departure
from clevenio.outbox import Mail
from clevenio.people import holds
from clevenio.people.models import Link
from clevenio.people.staff_members import StaffMember, StaffRole
from clevenio.rights import requests
from clevenio.rights.models import Event, Keep, Request
from clevenio.rights.retention import rules
from clevenio.rights.retention.evidence import Evidence
from tests.rights.conftest import make_delivery
from tests.support.accounts import make_account
from tests.support.factories import NOW, grant, make_person, refuse
from tests.support.retention import let_go
from tests.support.staff import make_member


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


def years(number, days=1):
    return NOW.replace(year=NOW.year + number) + timedelta(days=days)


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def inquiry(session, subject, at, **more):
    found = Inquiry(
        subject=subject,
        name="Aino",
        email="aino@example.com",
        address_key="aino@example.com",
        message="Hello",
        language="en",
        received_at=at,
        **more,
    )
    session.add(found)
    session.flush()
    return found


def test_an_inquiry_goes_two_years_after_the_last_contact_with_its_sender(session):
    aino, eino = uuid4(), uuid4()
    inquiry(session, aino, NOW)
    inquiry(session, aino, NOW + timedelta(days=100))
    inquiry(session, eino, NOW)
    assert let_go(session, inquiries.SWEEPS, years(2, 0) - timedelta(seconds=1)) == 0
    assert let_go(session, inquiries.SWEEPS, years(2)) == 1
    assert let_go(session, inquiries.SWEEPS, years(2, 101)) == 2


def test_the_inquiry_of_somebody_on_hold_stays_until_that_ends(session):
    person = make_person(session)
    inquiry(session, person.id, NOW)
    hold = holds.put(session, person.id, holds.Ground.LEGAL_CLAIM, "A claim", "staff:1", NOW)
    assert let_go(session, inquiries.SWEEPS, years(3)) == 0
    assert inquiries.SWEEPS[0].kept(session, NOW, NOW) == 1
    holds.end(session, hold.id, NOW)
    session.flush()
    assert let_go(session, inquiries.SWEEPS, years(3)) == 1


def test_deliveries_name_nobody_after_three_years_and_still_count(session, settings):
    person = make_person(session)
    make_delivery(session, settings, person)
    assert let_go(session, newsletter.SWEEPS, years(3, -1)) == 0
    assert let_go(session, newsletter.SWEEPS, years(3)) == 3
    bounce = session.scalars(select(Bounce)).one()
    assert (bounce.person != person.id, bounce.key, bounce.diagnostic) == (True, None, None)
    delivery = session.scalars(select(Delivery)).one()
    assert delivery.person != person.id
    assert (delivery.handle, delivery.reply, delivery.state) == (None, None, "sent")
    assert session.scalars(select(Departure)).one().reason is None
    assert let_go(session, newsletter.SWEEPS, years(3)) == 0


def test_the_way_out_of_a_newsletter_outlives_its_delivery(session, settings):
    person = make_person(session)
    grant(session, person, "newsletter")
    make_delivery(session, settings, person)
    let_go(session, rules.sweeps(settings), years(3))
    assert session.execute(select(Link.purpose, Link.person)).all() == [("unsubscribe", person.id)]


def export(session, person, kind, at, state="finished"):
    made = Export(
        kind=kind,
        state=state,
        platform="google",
        vendor="google",
        segment="all",
        criteria={},
        actor="staff:1",
        created_at=at,
        finished_at=at,
        ledger_position=0,
        notices=[],
        rows=1,
        rejects={},
        files=[],
    )
    session.add(made)
    session.flush()
    session.add(
        Membership(
            person_id=person, export_id=made.id, has_email=True, has_phone=False, has_advertising_id=False
        )
    )
    session.flush()


def test_in_whose_files_somebody_was_is_known_until_three_years_after_they_were_taken_out(session):
    gone, stays = make_person(session).id, make_person(session).id
    for person in (gone, stays):
        export(session, person, "upload", NOW)
    assert let_go(session, audiences.SWEEPS, years(9)) == 0
    export(session, gone, "removal", NOW + timedelta(days=100))
    export(session, stays, "removal", NOW + timedelta(days=100), state="started")
    assert let_go(session, audiences.SWEEPS, years(3)) == 0
    assert let_go(session, audiences.SWEEPS, years(3, 101)) == 2
    assert set(session.scalars(select(Membership.person_id))) == {stays}


def test_a_mail_is_forgotten_a_year_after_it_ended_and_one_that_waits_is_not(session):
    for number in range(2):
        outbox.queue(
            session,
            kind="account",
            sender="a@example.com",
            recipient=f"b{number}@example.com",
            subject="Hello",
            message=b"",
            now=NOW,
        )
    session.flush()
    session.scalars(select(Mail)).first().finished_at = NOW
    session.flush()
    assert let_go(session, (rules.MAILS,), years(1, -1)) == 0
    assert let_go(session, (rules.MAILS,), years(1)) == 1
    assert count(session, Mail) == 1


def test_staff_are_forgotten_six_years_after_their_access_ended(session):
    left, here = make_member(session, "a@example.com", "support"), make_member(session, "b@example.com")
    left.disabled_at = NOW
    session.flush()
    assert let_go(session, (rules.STAFF,), years(6, -1)) == 0
    assert let_go(session, (rules.STAFF,), years(6)) == 1
    assert session.scalars(select(StaffMember.email)).all() == [here.email]
    assert count(session, StaffRole) == 0


def test_a_suspicion_is_forgotten_with_the_term_of_the_trail(session):
    session.add(Alert(key="k", rule="r", at=NOW, entry=1, actor="staff:1", details={}))
    session.flush()
    assert let_go(session, (rules.MISUSE,), years(6, -1)) == 0
    assert let_go(session, (rules.MISUSE,), years(6)) == 1


def test_a_request_goes_with_its_history_three_years_after_its_end(session, settings):
    account = make_account(session)
    request = requests.ask_for_erasure(session, settings, account.person_id, "en", NOW).id
    requests.take_back(session, account.person_id, NOW)
    session.flush()
    assert let_go(session, (rules.REQUESTS,), years(3, 0)) == 0
    assert let_go(session, (rules.REQUESTS,), years(3)) == 1
    assert (session.get(Request, request), count(session, Event)) == (None, 0)


def test_agreements_of_somebody_gone_go_when_their_time_is_over_and_no_others(session, settings, database):
    account = make_account(session)
    other = make_account(session, "eino@example.com")
    sweep = next(each for each in rules.sweeps(settings) if each.name == "kept_agreements")
    for person in (account.person_id, other.person_id):
        session.add(Keep(key="k", subject=person, holding="agreements", until=NOW + timedelta(days=10)))
    person = account.person_id
    session.delete(account)
    session.flush()
    assert let_go(session, (sweep,), NOW) == 0
    assert let_go(session, (sweep,), NOW + timedelta(days=10)) == 2
    assert person not in set(session.scalars(select(Agreement.person)))
    # An account that is open again, or still, has an agreement that runs.
    assert other.person_id in set(session.scalars(select(Agreement.person)))


def test_evidence_of_consent_goes_once_nobody_is_known_behind_it(session, settings, database, tmp_path):
    known, gone = make_person(session), make_person(session)
    for person in (known, gone):
        grant(session, person, "newsletter")
        refuse(session, person, "newsletter")
    subject = gone.id
    session.delete(gone)
    session.commit()
    sealing.seal(database, tmp_path, [settings.suppression_key], NOW)
    evidence = Evidence(settings)
    assert let_go(session, (evidence,), years(3, -1)) == 0
    assert (evidence.waiting(session, NOW, years(3)), evidence.kept(session, years(0), years(3))) == (0, 1)
    assert let_go(session, (evidence,), years(3)) == 1
    assert ledger.history(session, subject) == []
    assert len(ledger.history(session, known.id)) == 2
