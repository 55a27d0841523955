"""What staff do with a campaign, and what becomes of it at every moment they may do it."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update

from clevenio import prepared
from clevenio.audiences import segments
from clevenio.audit import AuditEntry
from clevenio.errors import BadInput, Missing, Refused
from clevenio.newsletter import campaigns, drafts, recipients, steering
from clevenio.newsletter import deliveries as rows
from clevenio.newsletter.drafts import Draft
from clevenio.newsletter.models import Campaign, CampaignState, Delivery, DeliveryState
from clevenio.newsletter.sending import resume
from clevenio.smtp import Smtp
from tests.newsletter.test_sending import AtTheLastMoment, states, withdraw
from tests.support.factories import NOW
from tests.support.smtp_sink import Fault

ACTOR = "staff:1"
SOON = NOW + timedelta(hours=1)
VERBS = {
    "start": lambda session, settings, made: steering.start(session, settings, made, ACTOR, NOW),
    "schedule": lambda session, settings, made: steering.schedule(session, settings, made, SOON, ACTOR, NOW),
    "unschedule": lambda session, _settings, made: steering.unschedule(session, made, ACTOR, NOW),
    "pause": lambda session, _settings, made: steering.pause(session, made, ACTOR, NOW),
    "resume": lambda session, _settings, made: steering.resume(session, made, ACTOR, NOW),
    "cancel": lambda session, _settings, made: steering.cancel(session, made, ACTOR, NOW),
    "resend": lambda session, _settings, made: steering.resend_uncertain(session, made, ACTOR, NOW),
    "accept": lambda session, _settings, made: steering.accept(session, made, ACTOR, NOW),
}
ALLOWED = {
    "draft": {"start", "schedule", "cancel"},
    "scheduled": {"start", "schedule", "unschedule", "cancel"},
    "freezing": {"pause", "cancel"},
    "running": {"pause", "cancel", "resend"},
    "paused": {"resume", "cancel", "resend"},
    "cancelled": set(),
    "finished": set(),
    "needs_attention": {"resend", "accept"},
}


# Where a verb leads, so that a second press does nothing.
ARRIVED = {
    "start": {"freezing", "running"},
    "unschedule": {"draft"},
    "pause": {"paused"},
    "resume": {"freezing", "running", "finished", "needs_attention"},
    "cancel": {"cancelled"},
    "accept": {"finished"},
}

WRITTEN = {"fi": ("Kolme tapaa kysyä", "Hei!"), "en": ("Three ways to ask", "Hello,")}


@pytest.fixture
def draft(database):
    """`draft()`: a campaign that is written and nothing more; returns its id."""

    def make(texts=WRITTEN, segment=None, criteria=None):
        with database.session() as session:
            written = Draft("newsletter", segment, criteria, texts)
            made = drafts.create(session, written, ACTOR, NOW)
            session.commit()
            return made.id

    return make


@pytest.fixture
def act(database, settings):
    """`act("pause", campaign)`: one verb, committed."""

    def act(verb, made):
        with database.session() as session:
            result = VERBS[verb](session, settings, made)
            session.commit()
            return result

    return act


@pytest.fixture
def tick(database, settings, smtp_sink, send_clock):
    """`tick()`: what the worker does each minute."""
    relay = Smtp(smtp_sink.url)
    yield lambda: resume(settings, database, relay, send_clock, lambda: None)
    relay.close()


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("state", list(CampaignState))
def test_a_verb_is_for_its_states_alone_and_done_once(database, draft, act, state_of, trail, state):
    for verb in VERBS:
        made = draft()
        with database.session() as session:
            values = {"state": state, "scheduled_at": SOON if state == "scheduled" else None}
            values["begun_at"] = NOW if state in ARRIVED["start"] else None
            session.execute(update(Campaign).where(Campaign.id == made).values(**values))
            session.commit()
        before = len(trail())
        if verb in ALLOWED[state]:
            act(verb, made)
            assert len(trail()) > before or verb in ("resend", "schedule")
        elif state in ARRIVED.get(verb, ()):
            act(verb, made)
            assert (state_of(made), len(trail())) == (state, before)
        else:
            with pytest.raises(Refused):
                act(verb, made)
            assert state_of(made) == state


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("verb", VERBS)
def test_a_campaign_that_is_not_there_is_missing(act, verb):
    with pytest.raises(Missing):
        act(verb, uuid4())


def test_a_draft_sends_nothing_until_it_is_started(draft, act, tick, subscribe, smtp_sink, state_of):
    subscribe()
    made = draft()
    tick()
    assert smtp_sink.arrived == []
    act("start", made)
    tick()
    assert (state_of(made), len(smtp_sink.taken)) == ("finished", 1)


def test_a_schedule_fires_at_its_moment_and_not_before(
    draft, act, tick, subscribe, smtp_sink, send_clock, state_of
):
    subscribe()
    made = draft()
    act("schedule", made)
    send_clock.advance(minutes=59)
    tick()
    assert (state_of(made), smtp_sink.arrived) == ("scheduled", [])
    send_clock.advance(minutes=1)
    tick()
    assert (state_of(made), len(smtp_sink.taken)) == ("finished", 1)


@pytest.mark.parametrize("backend", ["sqlite"])
def test_the_same_moment_chosen_twice_is_one_schedule_and_another_is_a_new_one(
    database, settings, draft, act, trail
):
    made = draft()
    for _ in range(2):
        act("schedule", made)
    assert trail().count("newsletter.schedule") == 1
    with database.session() as session:
        steering.schedule(session, settings, made, SOON + timedelta(hours=1), ACTOR, NOW)
        session.commit()
    assert trail().count("newsletter.schedule") == 2


def test_a_schedule_missed_while_the_site_was_down_asks_first(
    database, settings, draft, act, tick, subscribe, smtp_sink, send_clock, state_of, other_session
):
    subscribe()
    made = draft()
    act("schedule", made)
    send_clock.advance(hours=1, minutes=11)
    tick()
    assert (state_of(made), smtp_sink.arrived) == ("scheduled", [])
    with database.session() as session:
        assert steering.is_overdue(session.get(Campaign, made), send_clock())
        steering.start(session, settings, made, ACTOR, send_clock())
        session.commit()
    tick()
    assert (state_of(made), len(smtp_sink.taken)) == ("finished", 1)
    with other_session() as session:
        actions = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.sequence)))
    assert actions == ["newsletter.draft", "newsletter.schedule", "newsletter.confirm"]


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_moment_that_has_passed_and_a_text_that_is_missing_are_refused(
    database, settings, draft, act, state_of
):
    made, half = draft(), draft({**WRITTEN, "fi": ("", "")})
    with database.session() as session, pytest.raises(BadInput, match="has passed"):
        steering.schedule(session, settings, made, NOW, ACTOR, NOW)
    for verb in ("start", "schedule"):
        with pytest.raises(Refused, match="in this language"):
            act(verb, half)
    assert (state_of(made), state_of(half)) == ("draft", "draft")


def test_a_pause_stops_what_is_about_to_leave_and_resuming_goes_on_there(
    subscribe, campaign, sender, smtp_sink, deliveries, act, state_of
):
    for _ in range(3):
        subscribe()
    made = campaign()
    relay = AtTheLastMoment(Smtp(smtp_sink.url), lambda: None)
    relay.act = lambda: act("pause", made) if len(smtp_sink.arrived) == 1 else None
    assert sender(made, relay).work() == "paused"
    assert (states(deliveries), len(smtp_sink.arrived)) == (["sent", "pending", "pending"], 1)
    assert [row.attempts for row in deliveries()] == [1, 0, 0]
    act("resume", made)
    assert sender(made).work() == "finished"
    assert len({arrival.message_id for arrival in smtp_sink.taken}) == 3


def test_a_freeze_that_was_paused_goes_on_where_it_was(
    database, subscribe, campaign, sender, deliveries, act, monkeypatch
):
    for _ in range(3):
        subscribe()
    monkeypatch.setattr(campaigns, "CHUNK", 2)
    made = campaign()
    with database.session() as session:
        assert campaigns.freeze(session, made, NOW)
        session.commit()
    act("pause", made)
    assert sender(made).work() == "paused"
    assert len(deliveries()) == 2
    act("resume", made)
    assert sender(made).work() == "finished"
    assert states(deliveries) == ["sent"] * 3


def test_cancelling_excludes_everybody_who_waits_and_is_counted(
    subscribe, campaign, sender, smtp_sink, deliveries, act, state_of, other_session, monkeypatch, tick
):
    for _ in range(5):
        subscribe()
    monkeypatch.setattr(rows, "CHUNK", 1)
    made = campaign()
    relay = AtTheLastMoment(Smtp(smtp_sink.url), lambda: None)
    relay.act = lambda: act("cancel", made) if len(smtp_sink.arrived) == 2 else None
    assert sender(made, relay).work() == "cancelled"
    assert states(deliveries) == ["sent", "sent", *[("excluded", "cancelled")] * 3]
    assert len(smtp_sink.arrived) == 2
    tick()
    with other_session() as session:
        found = session.get(Campaign, made)
        assert (found.state, found.candidates, found.finished_at) == ("cancelled", 5, NOW)


@pytest.mark.parametrize("backend", ["postgresql"])
def test_what_begins_to_leave_while_the_others_are_called_off_is_on_its_way(
    database, subscribe, campaign, sender, deliveries, send_clock
):
    for _ in range(2):
        subscribe()
    made = campaign()
    sender(made)._freeze()
    with database.session() as session:
        first, _ = rows.claim(session, session.get(Campaign, made), NOW)
        session.commit()

    def call_off():
        with database.session() as session:
            rows.call_off(session, made, NOW)
            session.commit()

    calling = threading.Thread(target=call_off)
    with database.session() as session:
        session.execute(update(Delivery).where(Delivery.id == first.id).values(state="sending"))
        calling.start()
        _until_somebody_waits_for_a_lock(database)
        session.commit()
    calling.join()
    assert sorted(states(deliveries), key=str) == [("excluded", "cancelled"), "sending"]


def _until_somebody_waits_for_a_lock(database):
    with database.engine.connect() as looking:
        while not looking.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            looking.rollback()


def test_a_message_on_its_way_at_the_cancel_still_ends_as_it_ends(
    database, subscribe, campaign, sender, smtp_sink, deliveries, act, tick, send_clock, other_session
):
    subscribe()
    made = campaign()
    sender(made)._freeze()
    with database.session() as session:
        [ours] = rows.claim(session, session.get(Campaign, made), NOW)
        session.commit()
    with prepared.line(database) as line:
        assert rows.turn(line, "newsletter", None, ours, NOW)
    act("cancel", made)
    assert states(deliveries) == ["sending"]
    send_clock.advance(minutes=3)
    tick()
    assert states(deliveries) == ["uncertain"]
    with other_session() as session:
        assert session.get(Campaign, made).finished_at == send_clock()


def test_an_uncertain_message_is_sent_again_with_its_message_id_when_somebody_says_so(
    subscribe, campaign, sender, smtp_sink, deliveries, act, state_of
):
    subscribe()
    smtp_sink.next_faults.append(Fault(drop="after dot"))
    made = campaign()
    assert sender(made).work() == "needs_attention"
    assert act("resend", made) == 1
    assert sender(made).work() == "finished"
    assert states(deliveries) == ["sent"]
    first, second = (arrival.message_id for arrival in smtp_sink.arrived)
    assert first == second


def test_one_uncertain_message_can_be_resent_and_the_other_left(
    database, subscribe, campaign, sender, smtp_sink, deliveries, act, state_of
):
    subscribe()
    subscribe()
    smtp_sink.fault = Fault(drop="after dot")
    made = campaign()
    assert sender(made).work() == "needs_attention"
    smtp_sink.fault = Fault()
    first, _other = deliveries()
    with database.session() as session:
        assert steering.resend_uncertain(session, made, ACTOR, NOW, [first.id]) == 1
        session.commit()
    assert sender(made).work() == "needs_attention"
    assert states(deliveries) == ["sent", "uncertain"]
    act("accept", made)
    assert (state_of(made), states(deliveries)) == ("finished", ["sent", "uncertain"])


def test_who_withdrew_meanwhile_does_not_get_it_again(
    database, subscribe, campaign, sender, smtp_sink, deliveries, act
):
    person = subscribe()
    smtp_sink.next_faults.append(Fault(drop="after dot"))
    made = campaign()
    sender(made).work()
    withdraw(database, person)
    act("resend", made)
    assert sender(made).work() == "finished"
    assert (states(deliveries), len(smtp_sink.arrived)) == ([("excluded", "withdrawn")], 1)


def test_a_campaign_no_message_can_be_made_of_pauses_and_says_why_and_others_go_on(
    database, subscribe, campaign, tick, smtp_sink, deliveries, other_session, act
):
    subscribe()
    bad, good = campaign(), campaign()
    with database.session() as session:
        for edition in session.scalars(select(campaigns.Edition).where(campaigns.Edition.campaign == bad)):
            edition.source = "nothing that could be a subject"
        session.commit()
    tick()
    with other_session() as session:
        found = session.get(Campaign, bad)
        assert (found.state, found.problem["message"]) == (
            "paused",
            "The text has no heading: the first one becomes the subject.",
        )
        assert session.get(Campaign, good).state == "finished"
        waiting = session.scalars(select(Delivery).where(Delivery.campaign == bad)).one()
        assert (waiting.state, waiting.attempts) == (DeliveryState.PENDING, 0)
    assert len(smtp_sink.taken) == 1


def test_an_error_in_one_campaign_holds_up_no_other(
    database, subscribe, campaign, tick, monkeypatch, state_of
):
    subscribe()
    bad, good = campaign(), campaign()
    freeze = campaigns.freeze

    def broken(session, campaign_id, *arguments):
        if campaign_id == bad:
            raise RuntimeError
        return freeze(session, campaign_id, *arguments)

    monkeypatch.setattr(campaigns, "freeze", broken)
    tick()
    assert (state_of(bad), state_of(good)) == ("freezing", "finished")


def test_a_segment_chooses_among_those_on_the_topic(database, draft, act, subscribe, deliveries, monkeypatch):
    monkeypatch.setattr(recipients, "_narrow", [segments.condition])
    subscribe(role="owner")
    subscribe(role="finance")
    made = draft(segment="owners", criteria={"role": ["owner"]})
    act("start", made)
    with database.session() as session:
        campaigns.freeze(session, made, NOW)
        session.commit()
    assert len(deliveries()) == 1
