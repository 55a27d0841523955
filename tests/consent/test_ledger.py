"""The ledger's contract: the last decision wins, silence is no, and others never speak for a person."""

from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from clevenio import bulk
from clevenio.consent import archive, ledger
from clevenio.consent.ledger import Act, Basis, Channel, State
from clevenio.consent.models import NOT_SOUGHT
from clevenio.consent.notices import account_notice, import_notice
from clevenio.consent.verification import verify
from clevenio.registry.loader import shipped
from tests.consent.acts import act, subjects
from tests.support.factories import NOW

GRANTED, REFUSED, WITHDRAWN = State.GRANTED, State.REFUSED, State.WITHDRAWN
LATER = NOW + timedelta(days=1)
BROWSERS = {category.id for category in shipped().categories}


@pytest.fixture
def session(database):
    with database.session() as session:
        yield session


def permitted(session, purpose, *bases):
    return sorted(session.scalars(ledger.permitted(purpose, *([bases] if bases else []))))


def test_silence_is_no(session):
    permit = ledger.permits(session, uuid4(), "newsletter")
    assert (bool(permit), permit.basis, permit.decision) == (False, None, None)


def test_a_grant_permits_that_purpose_and_no_other(session):
    subject = uuid4()
    (decision,) = act(session, subject, newsletter=GRANTED)
    permit = ledger.permits(session, subject, "newsletter")
    assert permit
    assert permit.basis is Basis.CONSENT
    assert permit.decision.hash == decision.hash
    assert not ledger.permits(session, subject, "surveys")


def test_a_grant_is_of_one_subject_only(session):
    act(session, uuid4(), newsletter=GRANTED)
    assert not ledger.permits(session, uuid4(), "newsletter")


@pytest.mark.parametrize("last", [REFUSED, WITHDRAWN])
def test_the_last_decision_wins(session, last):
    subject = uuid4()
    act(session, subject, newsletter=GRANTED)
    act(session, subject, newsletter=last, now=LATER)
    permit = ledger.permits(session, subject, "newsletter")
    assert not permit
    assert (permit.decision.state, permit.decision.at) == (last, LATER)
    act(session, subject, newsletter=GRANTED, now=LATER)
    assert ledger.permits(session, subject, "newsletter")


def test_one_purpose_is_not_touched_by_another(session):
    subject = uuid4()
    act(session, subject, newsletter=GRANTED, surveys=GRANTED)
    act(session, subject, surveys=WITHDRAWN)
    assert ledger.permits(session, subject, "newsletter")


def test_permitted_lists_those_whose_last_decision_grants(session):
    yes = subjects(session, 3, newsletter=GRANTED)
    subjects(session, 2, newsletter=REFUSED)
    subjects(session, 2, surveys=GRANTED)
    act(session, yes[0], newsletter=WITHDRAWN)
    assert permitted(session, "newsletter") == yes[1:]


def test_permitted_knows_of_browsers_too_although_no_index_does(session):
    yes = subjects(session, 2, marketing=GRANTED)
    subjects(session, 1, marketing=REFUSED)
    assert permitted(session, "marketing") == yes
    assert session.scalar(select(func.count()).select_from(ledger.standing("marketing").subquery())) == 3


def test_those_who_permit_something_are_found_by_the_index_alone(database, session):
    subjects(session, 2, newsletter=GRANTED)
    query = ledger.permitted("newsletter").compile(
        database.engine, compile_kwargs={"literal_binds": True, "render_postcompile": True}
    )
    if not database.is_sqlite:
        session.execute(text("SET LOCAL enable_seqscan = off"))
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    plan = " ".join(str(row) for row in session.connection().exec_driver_sql(f"{explain} {query}"))
    assert "ix_consent_standing_purpose_state" in plan
    assert "COVERING" in plan or not database.is_sqlite


def test_whoever_is_looked_for_by_purpose_is_in_the_index():
    people = {p for p in shipped().decidable if p.partition(":")[0] not in BROWSERS}
    assert not people & set(NOT_SOUGHT)


def test_permitted_can_ask_for_consent_alone(session):
    customer, consenting = uuid4(), uuid4()
    act(session, customer, basis=Basis.CUSTOMER, channel=Channel.STAFF, newsletter=GRANTED)
    act(session, consenting, newsletter=GRANTED)
    assert permitted(session, "newsletter") == sorted([customer, consenting])
    assert permitted(session, "newsletter", Basis.CONSENT) == [consenting]


def test_standing_says_since_when_and_by_which_version(session):
    subject = uuid4()
    act(session, subject, newsletter=GRANTED)
    act(session, subject, newsletter=WITHDRAWN, now=LATER)
    row = session.execute(ledger.standing("newsletter")).one()
    assert tuple(row) == (subject, WITHDRAWN, Basis.CONSENT, LATER, 2, account_notice("en").id)


def test_decisions_of_and_latest_agree(session):
    subject = uuid4()
    act(session, subject, newsletter=GRANTED, surveys=GRANTED)
    act(session, subject, surveys=WITHDRAWN)
    states = {"newsletter": GRANTED, "surveys": WITHDRAWN}
    assert ledger.decisions_of(session, subject) == states
    assert {p: row.state for p, row in ledger.latest(session, subject).items()} == states


def test_history_holds_every_decision_oldest_first(session):
    subject = uuid4()
    act(session, subject, newsletter=GRANTED, surveys=REFUSED)
    act(session, subject, newsletter=WITHDRAWN, now=LATER)
    rows = ledger.history(session, subject)
    assert [(r.sequence, r.purpose, r.state, r.at) for r in rows] == [
        (1, "newsletter", GRANTED, NOW),
        (2, "surveys", REFUSED, NOW),
        (3, "newsletter", WITHDRAWN, LATER),
    ]
    assert ledger.history(session, uuid4()) == []


def test_record_returns_what_it_added_as_history_shows_it(session):
    subject = uuid4()
    added = act(session, subject, newsletter=GRANTED, surveys=REFUSED)
    session.expunge_all()
    kept = ledger.history(session, subject)
    assert [{**r.fields(), "hash": r.hash} for r in kept] == [r._asdict() for r in added]


def test_recording_does_not_commit(database, session, other_session):
    subject = uuid4()
    act(session, subject, newsletter=GRANTED)
    if not database.is_sqlite:  # SQLite's one writer would make the reader wait for nothing new
        with other_session() as other:
            assert ledger.history(other, subject) == []
    session.rollback()
    assert ledger.history(session, subject) == []
    assert not ledger.permits(session, subject, "newsletter")


def test_what_was_committed_another_session_sees(session, other_session):
    subject = uuid4()
    act(session, subject, newsletter=GRANTED)
    session.commit()
    with other_session() as other:
        assert ledger.permits(other, subject, "newsletter")


@pytest.mark.parametrize(
    "purpose", ["nonsense", "agreements", "necessary", "ad_audiences", "ad_audiences:nobody"]
)
def test_only_what_waits_for_consent_can_be_decided(session, purpose):
    with pytest.raises(ValueError, match=purpose):
        act(session, uuid4(), **{purpose: GRANTED})


def test_nothing_is_kept_of_an_act_that_names_an_unknown_purpose(session):
    subject = uuid4()
    with pytest.raises(ValueError, match="nonsense"):
        act(session, subject, newsletter=GRANTED, nonsense=GRANTED)
    assert ledger.history(session, subject) == []


@pytest.mark.parametrize("before", [REFUSED, WITHDRAWN])
@pytest.mark.parametrize(
    ("channel", "basis"),
    [(Channel.IMPORT, Basis.CONSENT), (Channel.STAFF, Basis.CUSTOMER), (Channel.IMPORT, Basis.ROLE)],
)
def test_a_no_is_never_overridden_by_somebody_else(session, before, channel, basis):
    subject = uuid4()
    act(session, subject, newsletter=before)
    assert act(session, subject, channel=channel, basis=basis, newsletter=GRANTED) == []
    assert not ledger.permits(session, subject, "newsletter")
    assert len(ledger.history(session, subject)) == 1


def test_consent_is_not_replaced_by_a_weaker_basis(session):
    subject = uuid4()
    act(session, subject, newsletter=GRANTED)
    assert act(session, subject, channel=Channel.STAFF, basis=Basis.CUSTOMER, newsletter=GRANTED) == []
    assert ledger.permits(session, subject, "newsletter").basis is Basis.CONSENT


def test_an_import_speaks_where_the_person_has_not(session):
    subject = uuid4()
    act(session, subject, surveys=REFUSED)
    assert len(act(session, subject, channel=Channel.IMPORT, newsletter=GRANTED, surveys=GRANTED)) == 1
    assert ledger.decisions_of(session, subject) == {"newsletter": GRANTED, "surveys": REFUSED}


def test_somebody_else_may_always_take_away(session):
    subject = uuid4()
    act(session, subject, newsletter=GRANTED)
    act(session, subject, channel=Channel.STAFF, newsletter=WITHDRAWN)
    assert not ledger.permits(session, subject, "newsletter")


def test_a_person_may_replace_a_basis_by_consent(session):
    subject = uuid4()
    act(session, subject, channel=Channel.STAFF, basis=Basis.ROLE, newsletter=GRANTED)
    act(session, subject, newsletter=GRANTED)
    assert ledger.permits(session, subject, "newsletter").basis is Basis.CONSENT


def test_each_platform_is_decided_by_itself(session):
    subject = uuid4()
    act(session, subject, **{"ad_audiences:google": GRANTED, "ad_audiences:meta": REFUSED})
    assert ledger.permits(session, subject, "ad_audiences:google")
    assert not ledger.permits(session, subject, "ad_audiences:meta")
    assert not ledger.permits(session, subject, "ad_audiences:linkedin")


def test_many_acts_at_once_keep_a_chain_each(session):
    notice = import_notice("Yes, write to me", "fair", "en", ["email"])
    acts = [Act(uuid4(), {"newsletter": GRANTED, "surveys": GRANTED}, notice, "en") for _ in range(1100)]
    added = ledger.record_all(session, acts, channel=Channel.IMPORT, now=NOW)
    assert len(added) == 2200
    assert permitted(session, "newsletter") == sorted(a.subject for a in acts)
    assert [row.sequence for row in ledger.history(session, acts[-1].subject)] == [1, 2]


@pytest.mark.parametrize(
    ("channel", "basis"),
    [(Channel.IMPORT, Basis.CONSENT), (Channel.ACCOUNT, Basis.CONSENT), (Channel.STAFF, Basis.ROLE)],
)
def test_many_acts_at_once_are_what_one_after_another_are(session, channel, basis):
    """The same rows, hashes, standing and heads, whoever spoke before; so a batch has no rules of its own."""
    chance, notices = Random(7), [import_notice(f"Yes, {n}", "fair", "en", ["email"]) for n in range(3)]
    histories = [chance.choices(tuple(State), k=chance.randrange(3)) for _ in range(60)]
    evidence = [{"source": "messut ”Ä”", "given_at": f"2026-01-0{n + 1}"} for n in range(2)]
    asked = [
        dict.fromkeys(chance.sample(["newsletter", "surveys"], chance.randint(1, 2)), GRANTED)
        for _ in histories
    ]
    said = [(chance.choice(notices), chance.choice(evidence)) for _ in histories]
    found = []
    for is_batch in (True, False):
        acts = []
        for history, decisions, (notice, proof) in zip(histories, asked, said, strict=True):
            subject = uuid4()
            for state in history:
                act(session, subject, newsletter=state)
            acts.append(Act(subject, decisions, notice, "en", proof, is_new=not history))
        batches = [acts] if is_batch else [[one] for one in acts]
        added = [
            r
            for some in batches
            for r in ledger.record_all(session, some, channel=channel, now=LATER, basis=basis)
        ]
        place = {one.subject: number for number, one in enumerate(acts)}
        found.append([row._replace(subject=place[row.subject], hash="") for row in added])
        assert [row._asdict() for row in added] == [
            {**row.fields(), "hash": row.hash}
            for one in acts
            for row in ledger.history(session, one.subject)
            if row.at == LATER
        ]
    assert found[0] == found[1]
    assert len(found[0]) > bulk.FEW
    assert [each for each in verify(session, Path("none"), ["key"]) if each.kind != "seal"] == []


def test_an_act_of_a_subject_made_for_it_is_like_any_other(session):
    fresh = Act(uuid4(), {"analytics": GRANTED}, account_notice("en"), "en", is_new=True)
    ledger.record_all(session, [fresh], channel=Channel.BANNER, now=NOW)
    act(session, fresh.subject, analytics=WITHDRAWN)
    rows = ledger.history(session, fresh.subject)
    assert [(row.sequence, row.state) for row in rows] == [(1, GRANTED), (2, WITHDRAWN)]


def test_a_wording_that_was_rolled_back_is_kept_by_the_next_act(database):
    """Whoever remembers what is archived must not remember what never came to be."""
    notice = import_notice("Yes, but not this time", "fair", "en", ["email"])
    acts = [Act(uuid4(), {"newsletter": GRANTED}, notice, "en") for _ in range(3)]
    with database.session() as session:
        for one in acts[:2]:
            ledger.record_all(session, [one], channel=Channel.IMPORT, now=NOW)
        session.rollback()
    with database.session() as session:
        ledger.record_all(session, acts[2:], channel=Channel.IMPORT, now=NOW)
        session.commit()
        assert ledger.wordings(session, [notice.id]) == {notice.id: notice}


def test_evidence_and_wording_come_back_as_they_were(session):
    subject, notice = uuid4(), import_notice("Kyllä, lähettäkää", "messut", "fi", ["email"])
    evidence = {"given_at": "2026-01-02", "source": "messut"}
    acts = [Act(subject, {"newsletter": GRANTED}, notice, "fi", evidence)]
    ledger.record_all(session, acts, channel=Channel.IMPORT, now=NOW)
    session.expunge_all()
    (row,) = ledger.history(session, subject)
    assert (row.evidence, row.language) == (evidence, "fi")
    assert ledger.wordings(session, [row.notice]) == {notice.id: notice}


def test_the_position_grows_with_every_decision(session):
    assert ledger.position(session) == 0
    act(session, uuid4(), newsletter=GRANTED, surveys=GRANTED)
    first = ledger.position(session)
    act(session, uuid4(), newsletter=GRANTED)
    assert 0 < first < ledger.position(session)


def test_listing_finds_the_versions_whose_words_list_a_datum(session):
    with_id = import_notice("You may share these.", "a fair", "en", ["email", "advertising_id"])
    without = import_notice("You may share this.", "a fair", "en", ["email"])
    one, another = uuid4(), uuid4()
    for subject, notice in ((one, with_id), (another, without)):
        ledger.record(
            session, subject, {"ad_audiences:meta": State.GRANTED},
            channel=Channel.SIGNUP, language="en", notice=notice, now=NOW,
        )  # fmt: skip
    assert session.scalars(archive.listing("advertising_id")).all() == [with_id.id]
    assert set(session.scalars(archive.listing("email"))) == {with_id.id, without.id}
    # An underscore is a letter here and no wildcard.
    assert session.scalars(archive.listing("advertising-id")).all() == []
