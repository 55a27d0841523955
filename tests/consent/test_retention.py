"""Whole expired chains go by permit, and what is left of them shows that nothing else went."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from clevenio.consent import ledger, sealing, verification
from clevenio.consent.embeds.notices import embed_notice
from clevenio.consent.ledger import Channel, State
from clevenio.consent.models import BuriedLink, Decision, Head, RemovalPermit, Standing, Tombstone
from clevenio.consent.notices import TOPICS, choices_notice, signup_notice
from clevenio.consent.retention import Term, expired, remove_expired
from tests.consent.acts import act
from tests.consent.conftest import VENDOR
from tests.consent.test_sealing import folder
from tests.support.factories import NOW

__all__ = ["folder"]
KEYS = ["a-key"]
GRANTED, REFUSED, WITHDRAWN = State.GRANTED, State.REFUSED, State.WITHDRAWN
LAPSE = timedelta(days=183)
YEARS = timedelta(days=3 * 366)
LATER = NOW + YEARS + timedelta(days=1)
TERM = Term(LATER - YEARS, LAPSE)


@pytest.fixture
def old(database, folder):
    """Whoever consented and withdrew long ago; somebody decided between the two. All is sealed."""
    subject = uuid4()
    with database.session() as session:
        act(session, subject, newsletter=GRANTED, surveys=REFUSED)
        act(session, uuid4(), newsletter=GRANTED)
        act(session, subject, newsletter=WITHDRAWN)
        session.commit()
    sealing.seal(database, folder, KEYS, NOW)
    return subject


@pytest.fixture
def remove(database):
    def run(term=TERM, now=LATER, **options):
        with database.session() as session:
            number = remove_expired(session, KEYS, term, now, **options)
            session.commit()
            return number

    return run


@pytest.fixture
def findings(database, folder):
    def find(keys=KEYS):
        with database.session(write=False) as session:
            return [(each.kind, each.text) for each in verification.verify(session, folder, keys)]

    return find


@pytest.fixture
def tamper(database):
    """Runs acts as somebody who can switch the triggers off."""

    def run(*acts):
        with database.session() as session:
            for table in ("consent_decisions", "consent_tombstones", "consent_buried_links"):
                if database.is_sqlite:
                    for verb in ("update", "delete", "replace"):
                        session.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
                else:
                    session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
            for each in acts:
                assert session.execute(text(each) if isinstance(each, str) else each).rowcount > 0
            session.commit()

    return run


def decide(session, decisions, now, notice=None):
    """Somebody's decisions: a browser's by the bar, or a person's by the signup form."""
    is_browser = not decisions.keys() & set(TOPICS)
    notice = notice or (choices_notice("en") if is_browser else signup_notice("en"))
    channel = Channel.BANNER if is_browser else Channel.SIGNUP
    ledger.record(session, uuid4(), decisions, channel=channel, language="en", notice=notice, now=now)


def count(database, model):
    with database.session(write=False) as session:
        return session.scalar(select(func.count()).select_from(model))


def test_an_expired_chain_goes_whole_and_leaves_a_tombstone(database, old, remove, findings):
    assert remove() == 1
    with database.session(write=False) as session:
        assert ledger.history(session, old) == []
        assert ledger.decisions_of(session, old) == {}
        assert session.scalars(select(Tombstone.subject)).all() == [old]
        assert session.scalars(select(BuriedLink.sequence).order_by(BuriedLink.number)).all() == [1, 2, 3]
    assert count(database, Decision) == 1
    assert count(database, RemovalPermit) == 0
    assert findings() == []
    assert remove() == 0


def test_what_was_sealed_and_marked_before_holds_after_and_so_does_what_comes_later(
    database, folder, old, remove, findings
):
    with database.session() as session:
        act(session, uuid4(), newsletter=GRANTED)
        session.commit()
    sealing.mark(database, folder, KEYS, NOW)
    remove()
    assert findings() == []
    sealing.seal(database, folder, KEYS, LATER)
    assert findings() == []


def test_who_comes_back_begins_a_chain_of_their_own(database, folder, old, remove, findings):
    remove()
    with database.session() as session:
        (decision,) = act(session, old, newsletter=GRANTED, now=LATER)
        session.commit()
        assert decision.sequence == 1
    assert findings() == []
    sealing.seal(database, folder, KEYS, LATER)
    assert findings() == []


@pytest.mark.parametrize(
    ("decisions", "since", "goes"),
    [
        ({"newsletter": WITHDRAWN}, NOW - timedelta(days=1), True),
        ({"newsletter": REFUSED}, NOW - timedelta(days=1), True),
        ({"newsletter": WITHDRAWN}, NOW + timedelta(days=1), False),
        ({"newsletter": GRANTED}, NOW - 20 * YEARS, False),
        ({"newsletter": WITHDRAWN, "surveys": GRANTED}, NOW - timedelta(days=1), False),
        ({"analytics": GRANTED}, NOW - LAPSE - timedelta(days=1), True),
        ({"analytics": GRANTED}, NOW - timedelta(days=1), False),
        ({"analytics": REFUSED, "marketing": REFUSED}, NOW - timedelta(days=1), True),
    ],
)
def test_a_chain_goes_when_all_its_consents_ended_long_enough_ago(database, decisions, since, goes):
    with database.session() as session:
        decide(session, decisions, since)
        assert len(session.scalars(expired(Term(NOW, LAPSE))).all()) == goes


@pytest.mark.parametrize(("age", "goes"), [(LAPSE + timedelta(days=1), True), (timedelta(days=1), False)])
@pytest.mark.parametrize("kind", ["bar", "embed"])
@pytest.mark.parametrize("is_retired", [False, True])
def test_a_browsers_consent_to_a_recipient_lapses_also_after_that_was_retired(
    database, extend, age, goes, kind, is_retired
):
    vendors = VENDOR.format(id="counter", name="Counter", category="analytics")
    extend(vendors=vendors)
    notice = choices_notice("en") if kind == "bar" else embed_notice("youtube", "en")
    with database.session() as session:
        granted = dict.fromkeys(("analytics", "analytics:counter"), GRANTED)
        decide(session, granted, NOW - age, notice)
        if is_retired:
            extend(anew=True)
        assert len(session.scalars(expired(Term(NOW, LAPSE))).all()) == goes


@pytest.mark.parametrize(("subject", "goes"), [("browser", True), ("person", False)])
def test_whose_consent_it_is_counts_also_after_its_purpose_was_retired(database, extend, subject, goes):
    purpose = f'''
[[purpose]]
id = "retired"
subject = "{subject}"
basis = "consent"
name.fi = "Entinen"
name.en = "Former"
wording.fi = "Kysyttiin ennen."
wording.en = "Was asked before."
'''
    extend(purposes=purpose)
    notice = choices_notice("en") if subject == "browser" else signup_notice("en")
    with database.session() as session:
        decide(session, {"retired": GRANTED}, NOW - 20 * YEARS, notice)
        extend(anew=True)
        assert len(session.scalars(expired(Term(NOW, LAPSE))).all()) == goes


def test_who_is_held_stays(old, remove, findings):
    assert remove(Term(TERM.ended_before, LAPSE, held=select(Head.subject))) == 0
    assert findings() == []


def test_a_chain_that_no_seal_covers_stays_until_one_does(database, folder, remove):
    with database.session() as session:
        act(session, uuid4(), newsletter=WITHDRAWN)
        session.commit()
    assert remove() == 0
    sealing.seal(database, folder, KEYS, NOW)
    assert remove() == 1


def test_it_goes_in_portions(database, folder, remove, findings):
    with database.session() as session:
        for _ in range(5):
            act(session, uuid4(), newsletter=WITHDRAWN)
        session.commit()
    sealing.seal(database, folder, KEYS, NOW)
    assert [remove(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert findings() == []


def test_what_was_broken_off_took_nothing(database, old, findings):
    with database.session() as session:
        remove_expired(session, KEYS, TERM, LATER)
        session.rollback()
    with database.session(write=False) as session:
        assert len(ledger.history(session, old)) == 3
    assert (count(database, Tombstone), findings()) == (0, [])


def test_a_permit_lets_one_subject_go_and_nobody_else(database, old):
    with database.session() as session:
        session.execute(insert(RemovalPermit).values(subject=old))
        with pytest.raises(DBAPIError, match="consent_decisions is append-only"):
            session.execute(delete(Decision))


def test_a_permit_allows_no_change(database, old):
    with database.session() as session:
        session.execute(insert(RemovalPermit).values(subject=old))
        with pytest.raises(DBAPIError, match="consent_decisions is append-only"):
            session.execute(text("UPDATE consent_decisions SET language = 'xx'"))


def test_without_a_permit_nothing_goes(database, old):
    with database.session() as session, pytest.raises(DBAPIError, match="consent_decisions is append-only"):
        session.execute(delete(Decision).where(Decision.subject == old))


@pytest.mark.parametrize("table", ["consent_tombstones", "consent_buried_links"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET {} = 'x'"])
def test_tombstones_can_be_neither_changed_nor_removed(database, old, remove, table, statement):
    remove()
    column = "signature" if table == "consent_tombstones" else "hash"
    with database.session() as session, pytest.raises(DBAPIError, match=f"{table} is append-only"):
        session.execute(text(statement.format(table, column)))


def test_a_permit_that_was_left_standing_is_found(database, old, findings):
    with database.session() as session:
        session.execute(insert(RemovalPermit).values(subject=old))
        session.commit()
    assert findings() == [("tombstone", "a permit to remove decisions was left standing")]


def test_a_chain_that_went_without_a_tombstone_is_found(database, old, findings):
    # With a permit, as whoever can write to the database may give themselves.
    with database.session() as session:
        session.execute(insert(RemovalPermit).values(subject=old))
        for model in (Decision, Standing, Head, RemovalPermit):
            session.execute(delete(model).where(model.subject == old))
        session.commit()
    ((kind, words),) = findings()
    assert kind == "seal"
    assert words.startswith("3 decisions under the seal of")


def test_a_tombstone_put_up_by_somebody_else_is_found(database, old, findings, tamper, remove):
    remove()
    tamper("UPDATE consent_tombstones SET signature = 'x'")
    assert findings() == [("tombstone", "the tombstone was changed, or is nobody's")]


def test_a_tombstone_signed_by_an_older_key_holds(old, remove, findings):
    remove()
    assert [kind for kind, _ in findings(["newer"])].count("tombstone") == 1
    assert [kind for kind, _ in findings(["newer", *KEYS])] == []


def test_a_changed_or_missing_link_of_a_tombstone_is_found(database, old, remove, findings, tamper):
    remove()
    tamper("UPDATE consent_buried_links SET hash = 'x' WHERE sequence = 1")
    assert {kind for kind, _ in findings()} == {"tombstone", "seal"}
    tamper("DELETE FROM consent_buried_links")
    assert {kind for kind, _ in findings()} == {"tombstone", "seal"}


def test_a_removed_tombstone_is_found(old, remove, findings, tamper):
    remove()
    tamper("DELETE FROM consent_buried_links", "DELETE FROM consent_tombstones")
    assert [kind for kind, _ in findings()] == ["seal"]


def test_decisions_that_are_there_again_are_found(database, old, remove, findings, tamper):
    with database.session(write=False) as session:
        rows = [{**row.fields(), "id": row.id, "hash": row.hash} for row in ledger.history(session, old)]
    remove()
    with database.session() as session:
        session.execute(insert(Decision), rows)
        session.commit()
    assert "decisions are there although a tombstone says that they are gone" in [w for _, w in findings()]


@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_decision_that_was_faster_keeps_the_chain(database, old):

    def run():
        with database.session() as session:
            number = remove_expired(session, KEYS, TERM, LATER)
            session.commit()
            return number

    with ThreadPoolExecutor(1) as pool, database.session() as session:
        act(session, old, newsletter=GRANTED, now=LATER)
        waiting = pool.submit(run)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.5)
        session.commit()
        assert waiting.result(timeout=10) == 0
    with database.session(write=False) as session:
        assert len(ledger.history(session, old)) == 4
