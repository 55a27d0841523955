"""A file against the people we know: what goes in, what changes, and what no file can undo."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry
from clevenio.consent import ledger
from clevenio.consent.notices import account_notice, withdrawal_notice
from clevenio.consent.verification import verify
from clevenio.errors import BadInput
from clevenio.people import operations, suppression
from clevenio.people.models import Person
from tests.support.factories import NOW, SUPPRESSION_KEY, grant, make_person, refuse

KUKKA = {
    "email": "kukka.keto@example.com",
    "first_name": "Kukka",
    "company": "Keto Oy",
    "phone": "047 123 4567",
}
CONSENT = ledger.Basis.CONSENT


@pytest.fixture
def known(database):
    """`known("a@example.com", grant=[...], refuse=[...], company=...)`: somebody who came by themselves."""

    def known(email, *, granted=(), refused=(), everything=False, restricted=False, **profile):
        with database.session() as session:
            person = make_person(session, email, **profile)
            if granted:
                grant(session, person, *granted)
            if refused:
                refuse(session, person, *refused)
            if everything:
                _object(session, person)
            person.restricted_at = NOW if restricted else None
            session.commit()
            return person.id

    return known


def _object(session, person):
    operations.withdraw_everything(
        session,
        person,
        channel=ledger.Channel.UNSUBSCRIBE_PAGE,
        notice=withdrawal_notice("en"),
        language="en",
        now=NOW,
    )


def counts(report):
    return {name: count for name, count in report.counts.items() if count}


def warned(report):
    return [(note.line, note.column, note.code) for note in report.warnings]


def test_people_come_in_without_any_consent(bring, people, reachable, other_session):
    report = bring(KUKKA)
    assert counts(report) == {"rows": 1, "accepted": 1}
    person = people()["kukka.keto@example.com"]
    assert (person.source, person.language, person.created_at) == ("import", "en", NOW)
    assert person.phone_suppression == suppression.phone_key(SUPPRESSION_KEY, "+358471234567")
    with other_session() as session:
        assert ledger.decisions_of(session, person.id) == {}
    assert reachable("newsletter") == set()


def test_a_proved_consent_is_in_force_with_its_wording_time_and_source(
    bring, people, reachable, proved, other_session, tmp_path
):
    wording = "You may give Google my name and country."
    report = bring({**KUKKA, **proved("ad_audiences:google", wording=wording)})
    assert counts(report) == {"rows": 1, "accepted": 1, "consents": 1}
    assert reachable("ad_audiences:google") == {KUKKA["email"]}
    assert reachable("ad_audiences:meta") == set()
    with other_session() as session:
        (decision,) = ledger.history(session, people()[KUKKA["email"]].id)
        notice = ledger.wordings(session, [decision.notice])[decision.notice]
        assert list(verify(session, tmp_path, ["key"])) == []
    assert (decision.channel, decision.basis, decision.at) == ("import", "consent", NOW)
    assert decision.evidence == {"given_at": "2026-05-31T11:30:00+00:00", "source": "trade fair form"}
    assert notice.content["wording"] == wording
    assert notice.data == ("country", "names")
    (reported,) = report.wordings.values()
    assert (reported.wording, reported.data, reported.rows) == (wording, ("country", "names"), 1)


def test_the_same_file_again_changes_nothing(bring, proved, other_session):
    rows = [{**KUKKA, **proved("newsletter")}, {"email": "havu@example.com"}]
    bring(*rows)
    with other_session() as session:
        before = ledger.position(session)
    again = bring(*rows, now=NOW + timedelta(days=1))
    assert counts(again) == {"rows": 2, "unchanged": 2}
    with other_session() as session:
        assert ledger.position(session) == before


def test_a_dry_run_says_the_same_and_writes_nothing(bring, people, proved, other_session):
    rows = [{**KUKKA, **proved("newsletter")}, {"email": "nobody"}]
    dry = bring(*rows, is_dry_run=True)
    assert not dry.is_stored
    assert people() == {}
    with other_session() as session:
        assert session.scalars(select(AuditEntry)).all() == []
    real = bring(*rows)
    assert real.is_stored
    assert counts(real) == counts(dry)
    assert real.rejected_rows == dry.rejected_rows


def test_rejected_rows_are_left_out_with_line_and_reason_and_the_others_go_in(bring, people):
    report = bring({"email": "nobody"}, KUKKA)
    assert counts(report) == {"rows": 2, "accepted": 1, "rejected": 1}
    assert [(note.line, note.column, note.code) for note in report.rejected_rows] == [
        (2, "email", "malformed")
    ]
    assert set(people()) == {KUKKA["email"]}


def test_a_strict_import_stores_nothing_when_a_row_is_rejected(bring, people):
    report = bring({"email": "nobody"}, KUKKA, is_strict=True)
    assert (report.is_stored, report.rejected, people()) == (False, 1, {})
    assert bring(KUKKA, is_strict=True).is_stored


@pytest.mark.parametrize(
    "again", ["kukka.keto@example.com", "KUKKA.KETO@Example.com", "kukka.keto+fair@example.com"]
)
def test_a_mailbox_that_comes_twice_is_reported_with_the_line_of_the_first(bring, people, again):
    report = bring(KUKKA, {"email": again})
    assert counts(report) == {"rows": 2, "accepted": 1, "rejected": 1}
    (note,) = report.rejected_rows
    assert (note.line, note.code, note.reason) == (3, "duplicate", "The same mailbox is on line 2.")
    assert set(people()) == {KUKKA["email"]}


@pytest.mark.parametrize("rows", [(0, 1), (1, 0), (0, 1, 0), (1, 0, 1)])
def test_whoever_left_on_one_line_comes_in_by_no_other(bring, people, proved, rows):
    consent = {"email": "Matti@example.fi", **proved("newsletter")}
    left = {"email": "matti@example.fi", "opted_out": "yes"}
    report = bring(*[(consent, left)[kind] for kind in rows])
    assert (report.rejected, report.left_out, report.suppressed) == (rows.count(0), rows.count(1), 1)
    assert people() == {}


def test_a_row_after_a_rejected_one_of_the_same_mailbox_goes_in(bring, people):
    report = bring({**KUKKA, "phone": "1"}, KUKKA)
    assert counts(report) == {"rows": 2, "accepted": 1, "rejected": 1}
    assert set(people()) == {KUKKA["email"]}


def test_a_newer_file_corrects_an_older_one_and_blanks_nothing(bring, people):
    bring(KUKKA)
    report = bring(
        {"email": KUKKA["email"], "first_name": "", "company": "Niitty Oy", "phone": "+358 47 765 4321"}
    )
    assert counts(report) == {"rows": 1, "updated": 1}
    person = people()[KUKKA["email"]]
    assert (person.first_name, person.company, person.phone) == ("Kukka", "Niitty Oy", "+358477654321")
    assert person.phone_suppression == suppression.phone_key(SUPPRESSION_KEY, "+358477654321")


def test_what_people_typed_themselves_is_completed_and_never_replaced(bring, people, known):
    known(KUKKA["email"], company="Oma Oy")
    report = bring(KUKKA)
    assert counts(report) == {"rows": 1, "updated": 1}
    assert warned(report) == [(2, "company", "kept")]
    person = people()[KUKKA["email"]]
    assert (person.company, person.phone, person.first_name) == ("Oma Oy", "+358471234567", "Kukka")
    assert counts(bring(KUKKA)) == {"rows": 1, "unchanged": 1}


def test_two_names_replace_one_undivided_and_not_the_other_way_round(bring, people):
    bring({"email": KUKKA["email"], "name": "Kukka K."})
    bring({"email": KUKKA["email"], "first_name": "Kukka", "last_name": "Keto"})
    assert people()[KUKKA["email"]].full_name == "Kukka Keto"
    assert counts(bring({"email": KUKKA["email"], "name": "K. Keto"})) == {"rows": 1, "unchanged": 1}


def test_another_spelling_of_a_known_mailbox_is_the_person_we_know(bring, people, known):
    known("kukka.keto@example.com")
    report = bring({"email": "Kukka.Keto+fair@example.com", "company": "Keto Oy"})
    assert counts(report) == {"rows": 1, "updated": 1}
    assert {email: person.company for email, person in people().items()} == {
        "kukka.keto@example.com": "Keto Oy"
    }


@pytest.mark.parametrize("spelling", ["kukka@example.com", "KUKKA+fair@example.com"])
def test_no_file_undoes_a_refusal(bring, known, reachable, proved, spelling):
    known("kukka@example.com", refused=["newsletter"])
    report = bring({"email": spelling, **proved("newsletter", "surveys")})
    assert warned(report) == [(2, "consent", "opted_out")]
    assert (reachable("newsletter"), reachable("surveys")) == (set(), {"kukka@example.com"})


def test_no_file_undoes_a_withdrawal(bring, database, people, reachable, proved):
    row = {**KUKKA, **proved("newsletter")}
    bring(row)
    with database.session() as session:
        refuse(session, session.get(Person, people()[KUKKA["email"]].id), "newsletter")
        session.commit()
    report = bring(row)
    assert counts(report) == {"rows": 1, "unchanged": 1}
    assert warned(report) == [(2, "consent", "opted_out")]
    assert reachable("newsletter") == set()


def test_a_consent_that_stands_is_not_recorded_again(bring, known, proved):
    known("kukka@example.com", granted=["newsletter"])
    report = bring({"email": "kukka@example.com", **proved("newsletter")})
    assert (counts(report), warned(report)) == ({"rows": 1, "unchanged": 1}, [])


def test_a_consent_for_a_mailbox_whose_other_spelling_refused_is_left_out(bring, known, reachable, proved):
    known("kukka@example.com")
    known("kukka+old@example.com", refused=["newsletter"])
    report = bring({"email": "kukka@example.com", **proved("newsletter")})
    assert warned(report) == [(2, "consent", "opted_out")]
    assert reachable("newsletter") == set()


@pytest.mark.parametrize("spelling", ["kukka@example.com", "Kukka+fair@example.com"])
def test_nothing_is_stored_about_somebody_who_opted_out_of_everything(bring, people, known, proved, spelling):
    known("kukka@example.com", everything=True)
    report = bring({"email": spelling, "company": "Keto Oy", **proved("newsletter")})
    assert counts(report) == {"rows": 1, "left_out": 1}
    assert warned(report) == [(2, "email", "opted_out")]
    assert people()["kukka@example.com"].company is None
    assert len(people()) == 1


def test_somebody_who_was_erased_does_not_come_back(bring, database, people, proved):
    with database.session() as session:
        key = suppression.email_key(SUPPRESSION_KEY, "kukka@example.com")
        suppression.suppress(session, key, "email", suppression.EVERYTHING, "erasure", NOW)
        session.commit()
    report = bring({"email": "kukka@example.com", **proved("newsletter")})
    assert counts(report) == {"rows": 1, "left_out": 1}
    assert people() == {}


def test_a_phone_whose_holder_opted_out_stays_out(bring, people, known):
    known("havu@example.com", everything=True, phone="+358471234567")
    report = bring(KUKKA)
    assert counts(report) == {"rows": 1, "accepted": 1}
    assert warned(report) == [(2, "phone", "opted_out")]
    assert people()[KUKKA["email"]].phone is None
    assert counts(bring(KUKKA)) == {"rows": 1, "unchanged": 1}


def test_a_topic_suppressed_for_a_mailbox_is_left_out_alone(bring, database, reachable, proved):
    with database.session() as session:
        key = suppression.email_key(SUPPRESSION_KEY, "kukka@example.com")
        suppression.suppress(session, key, "email", "newsletter", "complaint", NOW)
        session.commit()
    report = bring({"email": "kukka@example.com", **proved("newsletter", "surveys")})
    assert warned(report) == [(2, "consent", "opted_out")]
    assert (reachable("newsletter"), reachable("surveys")) == (set(), {"kukka@example.com"})


def test_restricted_data_is_not_touched(bring, people, known):
    known("kukka@example.com", restricted=True)
    report = bring({"email": "kukka@example.com", "company": "Keto Oy"})
    assert counts(report) == {"rows": 1, "left_out": 1}
    assert people()["kukka@example.com"].company is None


def test_a_consent_replaces_a_grant_on_another_basis(bring, database, known, proved, other_session):
    person = known("kukka@example.com")
    with database.session() as session:
        ledger.record(
            session,
            person,
            {"newsletter": ledger.State.GRANTED},
            channel=ledger.Channel.STAFF,
            language="en",
            notice=account_notice("en"),
            now=NOW,
            basis=ledger.Basis.CUSTOMER,
        )
        session.commit()
    assert bring({"email": "kukka@example.com", **proved("newsletter")}).consents == 1
    with other_session() as session:
        assert ledger.permits(session, person, "newsletter").basis is CONSENT


def test_an_import_leaves_an_entry_with_counts_and_no_names(bring, other_session):
    bring(KUKKA)
    with other_session() as session:
        (entry,) = session.scalars(select(AuditEntry))
    assert (entry.actor, entry.action, entry.at) == ("command", "people.import", NOW)
    assert entry.details["accepted"] == 1
    assert len(entry.details["file_sha256"]) == 64
    assert "kukka" not in str(entry.details)


def test_a_file_that_breaks_off_stores_nothing(bring, people, tmp_path):
    path = tmp_path / "broken.csv"
    path.write_text('email,company\nkukka@example.com,A\nhavu@example.com,"B\n', encoding="utf-8")
    with pytest.raises(BadInput):
        bring(path=path)
    assert people() == {}
