"""One person erased: what goes, what stays and why, and what it means for those who come after."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clevenio import audit, outbox
from clevenio.accounts import signups
from clevenio.accounts.models import Account, AddressChange, Agreement, LoginSession, MailRequest, Signup
from clevenio.audit import AuditEntry
from clevenio.consent import ledger
from clevenio.database import Base
from clevenio.errors import Refused
from clevenio.inquiries.models import Answer, Inquiry, Redaction
from clevenio.newsletter import operations as newsletter
from clevenio.newsletter.bounces.models import Bounce
from clevenio.newsletter.models import Delivery, Departure
from clevenio.outbox import Mail
from clevenio.people import erasures, links, suppression
from clevenio.people.addresses import address
from clevenio.people.imports.models import FilePart, PeopleImport
from clevenio.people.imports.operations import import_people
from clevenio.people.models import Link, Person
from clevenio.registry import load
from clevenio.rights import erasure, queries, subjects
from clevenio.rights.holdings import HOLDINGS, Treatment
from clevenio.rights.models import Keep, Request, State
from tests.rights.conftest import EMAIL, STAFF
from tests.support.accounts import make_account
from tests.support.factories import NOW, make_person
from tests.support.mailbox import text_of
from tests.support.retention import let_go

KEY = address(EMAIL).mailbox_key


@pytest.fixture
def count(other_session):
    """How many rows of a model there are."""

    def rows(model, *conditions):
        with other_session() as session:
            return session.scalar(select(func.count()).select_from(model).where(*conditions))

    return rows


def dump(session):
    """Every value of every row of every table, as one text."""
    return "\n".join(
        repr(tuple(row)) for table in Base.metadata.sorted_tables for row in session.execute(select(table))
    )


def test_nothing_of_the_person_is_left_but_hashes_and_ids(acts, relay, other_session, count):
    person = acts.customer()
    request = acts.ask(person)
    acts.erase(request, relay)
    assert acts.request(request).state == State.DONE
    for model in (Person, Account, Signup, LoginSession, Inquiry, Answer, Redaction):
        assert count(model) == 0, model
    # Of the answer it is known that it left, so that a report about it can be told of.
    assert count(Mail) == count(Mail, Mail.about == request, Mail.recipient == "", Mail.message == b"") == 1
    with other_session() as session:
        left = dump(session).casefold()
    for trace in (EMAIL, "unohdettava", "esimerkki", "401234567"):
        assert trace not in left, trace


def test_what_is_kept_has_its_ground_and_its_end(acts, relay, count, other_session):
    person = acts.customer()
    acts.erase(acts.ask(person), relay)
    assert count(Agreement, Agreement.person == person) > 0
    with other_session() as session:
        assert len(ledger.history(session, person)) > 0
        kept = {keep.holding: keep.until.year for keep in session.scalars(select(Keep))}
    assert kept == {"consent": 2029, "agreements": 2032, "trail": 2032}


def test_the_trail_of_somebody_erased_is_found_by_their_mailbox_until_it_ends(
    acts, relay, settings, other_session
):
    person = acts.customer()
    key = suppression.email_key(settings.suppression_key, KEY)
    with other_session() as session:
        assert queries.erased_at(session, key) == []
    acts.erase(acts.ask(person), relay)
    with other_session() as session:
        assert queries.erased_at(session, key) == [person]
        assert session.scalar(
            select(func.count()).where(
                AuditEntry.subject == audit.subject_hash(settings.suppression_key, person)
            )
        )
    acts.let_go(NOW.replace(year=2033))
    with other_session() as session:
        assert queries.erased_at(session, key) == []


def test_old_links_lead_nowhere_near_the_person(acts, relay, count, other_session, settings):
    person = acts.customer()
    acts.erase(acts.ask(person), relay)
    with other_session() as session:
        left = session.scalars(select(Link)).all()
        assert [(link.purpose, link.person) for link in left] == [("unsubscribe", None)]
        delivery = session.scalars(select(Delivery)).one()
        assert (delivery.person == person, delivery.handle, delivery.reply) == (False, None, None)
        assert session.scalars(select(Departure.reason)).all() == [None]
        bounce = session.scalars(select(Bounce)).one()
        assert (bounce.person == person, bounce.key, bounce.diagnostic) == (False, None, None)


def test_the_hashes_stand_in_suppression_and_in_the_erasure_ledger(acts, relay, other_session, settings):
    acts.erase(acts.ask(acts.customer()), relay)
    key = suppression.email_key(settings.suppression_key, KEY)
    phone = suppression.phone_key(settings.suppression_key, "+358401234567")
    with other_session() as session:
        assert suppression.is_suppressed(session, key, suppression.EVERYTHING)
        assert suppression.is_suppressed(session, phone, suppression.EVERYTHING)
        assert erasures.erased_among(session, [key, phone]) == {key, phone}


def test_somebody_elses_data_stays(acts, relay, count, database):
    with database.session() as session:
        make_person(session, "somebody.else@example.com")
        session.commit()
    acts.customer("kaarlo@example.com")
    acts.erase(acts.ask(acts.customer()), relay)
    assert acts.person("somebody.else@example.com") is not None
    assert acts.person("kaarlo@example.com") is not None
    assert count(Account) == 1
    assert count(Inquiry) == 1
    assert count(Signup) == 1


def test_the_answer_lists_what_was_kept_and_where_to_complain(acts, relay, mailbox):
    acts.erase(acts.ask(acts.customer()), relay)
    text = text_of(mailbox.newest(EMAIL))
    for part in (
        "bookkeeping (GDPR Art. 17(3)(b))",
        "until 31\u00a0December 2032",
        "tietosuoja.fi",
        "What went",
    ):
        assert part in text


def test_the_answer_lists_nothing_that_is_not_there_and_says_if_where_nobody_may_say(
    acts, relay, mailbox, database
):
    acts.erase(acts.ask(acts.customer()), relay)
    text = " ".join(text_of(mailbox.newest(EMAIL)).split())
    assert "A file of people that staff brought in" not in text
    assert "– If data was disclosed to authorities or with a business, the entry about it" in text
    assert "how often something was tried, if there are any: " in text
    with database.session() as session:
        waits = PeopleImport(
            state="received",
            created_at=NOW,
            created_by=STAFF,
            size=1,
            sha256="",
            lines=1,
            header=[],
            columns=[],
        )
        session.add(waits)
        session.flush()
        session.add(FilePart(import_id=waits.id, number=0, content=b"x"))
        session.commit()
    other = "toinen.unohdettava@example.com"
    acts.erase(acts.ask(acts.customer(other)), relay)
    text = " ".join(text_of(mailbox.newest(other)).split())
    assert (
        "– A file of people that staff brought in, encrypted and not read yet, if the data is in one" in text
    )


def test_the_answer_says_what_is_left_and_not_what_was_held(acts, relay, mailbox):
    acts.erase(acts.ask(acts.customer()), relay)
    text = " ".join(text_of(mailbox.newest(EMAIL)).split())
    for name in ("consent", "agreements", "deliveries", "ways_out", "request"):
        assert load().holdings[name].remains.en in text, name


def test_the_answer_says_what_follows_on_postgresqls_disk(acts, relay, mailbox, backend):
    acts.erase(acts.ask(acts.customer()), relay)
    text = " ".join(text_of(mailbox.newest(EMAIL)).split())
    assert ("rid of it by the end of the following night" in text) is (backend == "postgresql")


def test_it_is_not_done_before_the_answer_has_left(acts, relay):
    request = acts.ask(acts.customer())
    acts.begin(request)
    acts.go_on()
    assert acts.request(request).state == State.OPEN
    acts.deliver(relay)
    acts.go_on()
    assert acts.request(request).state == State.DONE
    assert acts.history(request) == ["received", "erased", "answered", *acts.cleaned, "done"]


def test_an_answer_that_is_refused_for_good_does_not_stop_it(acts, mail_refused):
    request = acts.ask(acts.customer())
    acts.erase(request, mail_refused)
    assert acts.request(request).state == State.DONE
    assert "answer_failed" in acts.history(request)


def test_begun_twice_it_is_one_erasure(acts, relay, count):
    request = acts.ask(acts.customer())
    acts.begin(request)
    acts.begin(request)
    acts.deliver(relay)
    acts.go_on()
    acts.go_on()
    assert acts.history(request).count("erased") == 1
    assert count(AuditEntry, AuditEntry.action == "rights.erase") == 1


def test_the_trail_knows_the_person_as_a_hash_alone(acts, relay, other_session):
    person = acts.customer()
    acts.erase(acts.ask(person), relay)
    with other_session() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "rights.erase")).one()
    assert (entry.actor, len(entry.subject)) == (STAFF, 64)
    assert str(person) not in repr(entry.fields())
    assert entry.details["rows"]["account"] == 1


def test_a_request_that_is_not_open_is_not_carried_out(acts, relay):
    request = acts.freeze()
    with pytest.raises(Refused):
        acts.begin(request)
    person = acts.customer("kaarlo@example.com")
    own = acts.ask(person)
    acts.erase(own, relay)
    with pytest.raises(Refused):
        acts.begin(own)


def test_kept_rows_go_by_themselves_when_their_time_is_over(acts, relay, count):
    acts.erase(acts.ask(acts.customer()), relay)
    acts.let_go(NOW.replace(year=2028))
    assert count(Keep) == 3
    acts.let_go(NOW.replace(year=2030))
    assert count(Keep) == 2
    acts.let_go(NOW.replace(year=2034))
    assert (count(Keep), count(Request)) == (0, 0)


def test_an_import_does_not_bring_an_erased_person_back(acts, relay, database, settings, tmp_path):
    acts.erase(acts.ask(acts.customer()), relay)
    file = tmp_path / "people.csv"
    file.write_text(f"email,first_name\n{EMAIL},Aino\n", encoding="utf-8")
    with database.session() as session:
        report = import_people(session, settings, file, now=NOW)
        session.commit()
    assert [note.code for note in report.warnings] == ["erased"]
    assert acts.person() is None


def test_the_persons_own_return_lifts_the_erasure(acts, relay, database, settings, other_session):
    acts.erase(acts.ask(acts.customer()), relay)
    with database.session() as session:
        entry = signups.Entry(
            address(EMAIL), {"phone": None, "first_name": "Aino"}, "hash", (), signups.current_terms(NOW)
        )
        signups.sign_up(session, settings, entry, "en", NOW)
        session.flush()
        link = session.scalars(select(Link).where(Link.purpose == "verify")).one()
        assert signups.verify(session, settings, link, NOW) is not None
        session.commit()
    key = suppression.email_key(settings.suppression_key, KEY)
    with other_session() as session:
        assert erasures.erased_among(session, [key]) == set()
        # Nothing was ticked, so marketing stays off.
        assert suppression.is_suppressed(session, key, suppression.EVERYTHING)


def test_a_plan_counts_what_would_go_and_changes_nothing(acts, database, settings, other_session):
    person = acts.customer()
    with other_session() as session:
        before = dump(session)
        subject = subjects.of_person(session, settings, session.get(Person, person))
        plan = erasure.plan(session, subject, NOW)
        assert dump(session) == before
    rows = {line.holding.name: line.rows for line in plan.lines}
    everything = {h.name for h in HOLDINGS if h.treatment is not Treatment.KEPT} - {"restrictions"}
    assert {name for name in everything if not rows[name]} == set()
    assert (rows["links"], rows["mails"], rows["inquiries"]) == (2, 1, 1)


def test_another_request_about_the_same_person_ends_as_a_duplicate(acts, relay):
    own = acts.ask(acts.customer())
    guardians = acts.freeze()
    acts.erase(own, relay)
    assert acts.request(guardians).state == State.DUPLICATE
    assert acts.request(guardians).answer_to is None


def test_links_are_found_by_whatever_spelling_was_typed(acts, relay, database, settings, count):
    person = acts.customer()
    with database.session() as session:
        links.make(session, settings.mail_keys, "confirm", NOW, data={"email": EMAIL.replace("aino", "AINO")})
        session.commit()
    acts.erase(acts.ask(person), relay)
    assert count(Link, Link.purpose == "confirm") == 0


def test_what_waits_under_another_spelling_goes_too(acts, relay, database, settings, count):
    request = acts.ask(acts.customer("äiti@ääni.example.fi"))
    other = address("ÄITI@Ääni.example.fi")
    with database.session() as session:
        session.add(MailRequest(kind="reset", email=other.email, language="fi", created_at=NOW))
        account = make_account(session, "muu@example.com")
        change = AddressChange(account_id=account.id, email=other.email, created_at=NOW, expires_at=NOW)
        session.add(change)
        data = {"email": other.email, "topics": []}
        links.make(session, settings.mail_keys, "confirm", NOW, data=data)
        outbox.queue_account_mail(
            session,
            settings,
            "accounts/mail/known.html",
            kind="account",
            to=other.ascii,
            language="fi",
            now=NOW,
            address="http://localhost",
        )
        session.commit()
    acts.begin(request)
    assert count(MailRequest) == count(AddressChange) == 0
    assert count(Link, Link.purpose == "confirm") == 0
    assert count(Mail, Mail.recipient == other.ascii) == 0


def test_what_waits_under_another_spelling_of_a_frozen_address_does_not_expire(
    acts, database, settings, count
):
    with database.session() as session:
        data = {"email": "ÄITI@example.com", "topics": []}
        links.make(session, settings.mail_keys, "confirm", NOW, data=data)
        session.commit()
    acts.freeze("äiti@example.com")
    with database.session() as session:
        let_go(session, newsletter.SWEEPS, NOW + timedelta(days=400))
        session.commit()
    assert count(Link) == 1
