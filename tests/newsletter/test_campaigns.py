"""What a campaign's freeze writes down, and how it ends."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry
from clevenio.consent import ledger
from clevenio.consent.notices import import_notice
from clevenio.errors import BadInput, Refused
from clevenio.newsletter import campaigns
from clevenio.newsletter.models import Campaign, Delivery, Edition
from clevenio.people import suppression
from clevenio.people.models import Person
from clevenio.rights import mailed
from tests.newsletter.conftest import TEXTS
from tests.support.factories import NOW, make_person, refuse


def freeze(database, campaign_id):
    """Every chunk, each in a transaction of its own."""
    chunks = 0
    more = True
    while more:
        with database.session() as session:
            more = campaigns.freeze(session, campaign_id, NOW)
            session.commit()
        chunks += 1
    return chunks


def import_with_basis(session, person, topic, basis, **evidence):
    ledger.record(
        session,
        person.id,
        {topic: ledger.State.GRANTED},
        channel=ledger.Channel.IMPORT,
        language="en",
        notice=import_notice("the agreement", "customers of 2026", "en", ()),
        now=NOW,
        basis=basis,
        evidence=evidence,
    )


def test_each_candidate_carries_the_basis_and_its_evidence(
    database, subscribe, campaign, deliveries, other_session
):
    person = subscribe(language="fi")
    freeze(database, campaign())
    [row] = deliveries()
    with other_session() as session:
        decision = ledger.permits(session, person.id, "newsletter").decision
    assert (row.person, row.language, row.state, row.reason) == (person.id, "fi", "pending", None)
    assert (row.basis, row.decision, row.notice) == ("consent", decision.sequence, decision.notice)


def test_who_may_not_be_mailed_is_written_down_with_the_reason(database, subscribe, campaign, deliveries):
    restricted, suppressed, unsure = (subscribe() for _ in range(3))
    with database.session() as session:
        session.get(Person, restricted.id).restricted_at = NOW
        suppression.suppress(session, suppressed.email_suppression, "email", "newsletter", "bounce", NOW)
        customer = make_person(session)
        import_with_basis(session, customer, "newsletter", ledger.Basis.CUSTOMER)
        session.commit()
    freeze(database, campaign())
    assert {row.person: (row.state, row.reason) for row in deliveries()} == {
        restricted.id: ("excluded", "restricted"),
        suppressed.id: ("excluded", "suppressed"),
        customer.id: ("excluded", "basis"),
        unsure.id: ("pending", None),
    }


def test_a_customer_may_get_product_news_without_consent(database, campaign, deliveries):
    with database.session() as session:
        customer = make_person(session)
        shown = {"agreement": "the contract of 2026", "form": "the order form of 2026"}
        import_with_basis(session, customer, "product_news", ledger.Basis.CUSTOMER, **shown)
        session.commit()
    freeze(database, campaign("product_news"))
    [row] = deliveries()
    assert (row.person, row.state, row.basis, row.evidence) == (customer.id, "pending", "customer", shown)


@pytest.mark.parametrize("shown", [{}, {"agreement": "the contract of 2026"}, {"agreement": "x", "form": ""}])
def test_a_customer_of_whom_nothing_shows_it_gets_no_mail(database, campaign, deliveries, sender, shown):
    with database.session() as session:
        import_with_basis(session, make_person(session), "product_news", ledger.Basis.CUSTOMER, **shown)
        session.commit()
    freeze(database, campaign("product_news"))
    assert [(row.state, row.reason) for row in deliveries()] == [("excluded", "basis")]


def test_evidence_is_looked_at_again_when_it_is_claimed(database, campaign, deliveries, sender, smtp_sink):
    shown = {"agreement": "the contract of 2026", "form": "the order form of 2026"}
    with database.session() as session:
        customer = make_person(session)
        import_with_basis(session, customer, "product_news", ledger.Basis.CUSTOMER, **shown)
        session.commit()
    made = campaign("product_news")
    freeze(database, made)
    with database.session() as session:
        import_with_basis(session, customer, "product_news", ledger.Basis.CUSTOMER)
        session.commit()
    assert sender(made).work() == "finished"
    assert [(row.state, row.reason) for row in deliveries()] == [("excluded", "basis")]
    assert smtp_sink.arrived == []


def test_silence_a_refusal_and_another_topic_make_no_candidate(database, subscribe, campaign, deliveries):
    subscribe(topic="surveys")
    gone = subscribe()
    with database.session() as session:
        make_person(session)
        refuse(session, make_person(session), "newsletter")
        refuse(session, session.get(Person, gone.id), "newsletter")
        session.commit()
    freeze(database, campaign())
    assert deliveries() == []


def test_a_freeze_goes_on_where_it_was_cut_and_writes_nobody_twice(
    database, subscribe, campaign, deliveries, monkeypatch, other_session
):
    everybody = {subscribe().id for _ in range(7)}
    monkeypatch.setattr(campaigns, "CHUNK", 3)
    made = campaign()
    with database.session() as session:
        campaigns.freeze(session, made, NOW)
        session.commit()
    with database.session() as session:
        campaigns.freeze(session, made, NOW)
    assert len(deliveries()) == 3
    assert freeze(database, made) == 2
    assert sorted(row.person for row in deliveries()) == sorted(everybody)
    with other_session() as session:
        frozen = session.get(Campaign, made)
        assert (frozen.state, frozen.candidates) == ("running", 7)


@pytest.mark.parametrize("erased", [0, 2])
def test_an_erasure_between_two_chunks_leaves_nobody_else_out(
    database, subscribe, campaign, deliveries, monkeypatch, other_session, erased
):
    """Rows of whoever is erased go on under an id that nobody has: it may come after everybody's."""
    everybody = sorted(subscribe().id for _ in range(7))
    monkeypatch.setattr(campaigns, "CHUNK", 3)
    monkeypatch.setattr(mailed, "uuid4", lambda: UUID(int=2**128 - 1))
    made = campaign()
    with database.session() as session:
        assert campaigns.freeze(session, made, NOW)
        session.commit()
    with database.session() as session:
        gone = session.get(Person, everybody[erased])
        mailed.cut_deliveries(session, gone)
        session.delete(gone)
        session.commit()
    freeze(database, made)
    left = {person for person in everybody if person != everybody[erased]}
    assert {row.person for row in deliveries()} == left | {UUID(int=2**128 - 1)}
    with other_session() as session:
        frozen = session.get(Campaign, made)
        assert (frozen.state, frozen.candidates) == ("running", 7)


def test_a_frozen_campaign_takes_in_nobody_else(database, subscribe, campaign, deliveries):
    subscribe()
    made = campaign()
    freeze(database, made)
    subscribe()
    freeze(database, made)
    assert len(deliveries()) == 1


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize(
    ("topic", "texts", "said"),
    [
        ("everything", TEXTS, "no topic everything; there are newsletter"),
        ("newsletter", {**TEXTS, "fi": "no heading"}, "no heading"),
        ("newsletter", {**TEXTS, "en": "# =?utf-8?q?Hello=0ABcc=3A_b=40example=2Ecom?=\n\ntext"}, "control"),
    ],
)
def test_what_cannot_be_sent_is_refused_before_anything_is_stored(
    database, campaign, other_session, topic, texts, said
):
    with pytest.raises(BadInput) as refusal:
        campaign(topic, texts)
    assert said in str(refusal.value)
    with other_session() as session:
        assert session.scalars(select(Campaign)).all() == []


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_message_that_breaks_a_rule_is_refused(campaign, other_session, monkeypatch):
    monkeypatch.setattr(campaigns.messages, "headers", lambda *_: {"Precedence": "bulk"})
    with pytest.raises(Refused, match="list-unsubscribe: stands there 0 times"):
        campaign()
    with other_session() as session:
        assert session.scalars(select(Campaign)).all() == []


def test_a_campaign_keeps_its_texts_and_is_in_the_audit_trail(campaign, other_session):
    made = campaign()
    with other_session() as session:
        editions = {row.language: (row.subject, row.source) for row in session.scalars(select(Edition))}
        [entry] = session.scalars(select(AuditEntry))
    assert editions == {"fi": ("Kolme tapaa kysyä", TEXTS["fi"]), "en": ("Three ways to ask", TEXTS["en"])}
    assert (entry.action, entry.details) == (
        "newsletter.send",
        {"campaign": str(made), "topic": "newsletter"},
    )


@pytest.mark.parametrize(
    ("states", "missing", "end"),
    [
        (["sent", "excluded"], 0, "finished"),
        (["sent", "failed"], 0, "needs_attention"),
        (["sent", "uncertain"], 0, "needs_attention"),
        (["sent", "pending"], 0, "running"),
        (["sent", "sending"], 0, "running"),
        (["sent", "claimed"], 0, "running"),
        (["sent", "deferred"], 0, "running"),
        (["sent", "sent"], 1, "needs_attention"),
        ([], 0, "finished"),
    ],
)
def test_a_campaign_ends_when_everybody_is_in_a_final_state_and_counted(
    database, subscribe, campaign, states, missing, end
):
    for _ in states:
        subscribe()
    made = campaign()
    freeze(database, made)
    with database.session() as session:
        for row, state in zip(session.scalars(select(Delivery).order_by(Delivery.id)), states, strict=True):
            row.state = state
        session.get(Campaign, made).candidates += missing
        session.commit()
    with database.session() as session:
        assert campaigns.settle(session, made, NOW + timedelta(hours=1)) == end
        session.commit()
    with database.session(write=False) as session:
        assert (session.get(Campaign, made).finished_at is None) == (end == "running")
