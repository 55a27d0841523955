"""Whom a campaign is for is counted as it would be frozen, and a segment leaves out whom it leaves out."""

from uuid import UUID

import pytest
from sqlalchemy import select

from clevenio.newsletter import campaigns, recipients
from clevenio.newsletter.models import Campaign, Delivery
from clevenio.people import suppression
from clevenio.people.models import Person
from tests.support.factories import NOW


@pytest.fixture
def narrowed():
    """Segments by language alone, as this room knows nothing of those of audiences."""
    before = list(recipients._narrow)
    recipients.narrow_with(lambda criteria: Person.language.in_(criteria["language"]))
    yield
    recipients._narrow[:] = before


def test_what_is_counted_is_what_a_freeze_writes(database, subscribe, campaign, deliveries, narrowed):
    subscribe(language="fi")
    subscribe(language="en")
    restricted, suppressed = subscribe(language="en"), subscribe(language="en")
    subscribe(topic="surveys")
    with database.session() as session:
        session.get(Person, restricted.id).restricted_at = NOW
        suppression.suppress(session, suppressed.email_suppression, "email", "newsletter", "bounce", NOW)
        session.commit()
    made = campaign()
    with database.session() as session:
        session.get(Campaign, made).criteria = {"language": ["en"]}
        counted = recipients.count(session, "newsletter", {"language": ["en"]})
        everybody = recipients.count(session, "newsletter", None)
        campaigns.freeze(session, made, NOW)
        session.commit()
    assert (counted.by_language, counted.by_basis) == ({"en": 1}, {"consent": 1})
    assert counted.excluded == {"restricted": 1, "suppressed": 1}
    assert (counted.candidates, everybody.candidates, everybody.mailed) == (3, 4, 2)
    rows = deliveries()
    assert len(rows) == counted.candidates
    assert [row.reason for row in rows].count(None) == counted.mailed


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_next_of_them_are_read_without_the_others(database):
    """A chunk that sorts all who are left makes a freeze grow with the square of the people."""
    query = recipients.candidates("newsletter", None, UUID(int=7)).limit(10)
    plain = {"literal_binds": True, "render_postcompile": True}
    with database.session(write=False) as session:
        plan = session.connection().exec_driver_sql(
            f"EXPLAIN QUERY PLAN {query.compile(database.engine, compile_kwargs=plain)}"
        )
        steps = [row.detail for row in plan]
    assert any(
        "ix_consent_standing_purpose_state (purpose=? AND state=? AND subject>?)" in step for step in steps
    )
    assert not any("TEMP B-TREE" in step for step in steps)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_segment_that_nobody_can_read_lets_nobody_in(database, subscribe, monkeypatch):
    subscribe()
    monkeypatch.setattr(recipients, "_narrow", [])
    with database.session() as session, pytest.raises(RuntimeError):
        recipients.count(session, "newsletter", {"language": ["fi"]})


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_application_says_what_its_segments_mean(app, database, subscribe):
    subscribe(role="sales")
    subscribe(role="owner")
    with database.session() as session:
        assert recipients.count(session, "newsletter", {"role": ["sales"]}).mailed == 1
        assert session.scalars(select(Delivery)).all() == []


def test_another_language_holds_from_the_next_mail_on(
    database, subscribe, campaign, sender, smtp_sink, deliveries
):
    person, made = subscribe("aino@example.fi", language="fi"), campaign()
    with database.session() as session:
        campaigns.freeze(session, made, NOW)
        session.get(Person, person.id).language = "en"
        session.commit()
    assert sender(made).work() == "finished"
    [arrival] = smtp_sink.sent_to("aino@example.fi")
    assert arrival.message["Content-Language"] == "en"
    assert [row.language for row in deliveries()] == ["en"]
