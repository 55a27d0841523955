"""A thousand orders in which people leave while a campaign runs: nobody who left before their turn gets mail.

Of each, what is written down as sent is what was taken, also where the campaign was paused or cancelled, or a lease ended.
"""

import random
from uuid import uuid4

import pytest
from sqlalchemy import event, insert, select

from clevenio import prepared
from clevenio.consent import ledger
from clevenio.consent.notices import account_notice, withdrawal_notice
from clevenio.newsletter import deliveries
from clevenio.newsletter.deliveries import Ending
from clevenio.newsletter.models import Campaign, CampaignState, Delivery, DeliveryState
from clevenio.people import operations as people
from clevenio.people import suppression
from tests.support.factories import NOW, make_person

PEOPLE = 2
OTHERS = ("leave", "pause", "cancel", "recover")
GRANTED = {"newsletter": ledger.State.GRANTED}


class Run:
    """One campaign for a few people and two senders, each of whose steps is a transaction of its own."""

    def __init__(self, database, chance, everybody):
        self.database, self.chance, self.everybody = database, chance, everybody
        self.campaign = uuid4()
        self.waiting, self.sending = [], []
        self.said_no, self.got = set(), []
        # How one ended, which is written down with the next that begins.
        self.ended = None

    def step(self, name):
        with self.database.session() as session:
            getattr(self, name)(session)
            session.commit()

    def claim(self, session):
        campaign = session.get_one(Campaign, self.campaign)
        found = deliveries.claim(session, campaign, NOW) or []
        assert not {ours.person for ours in found} & self.said_no
        self.waiting += found

    def begin(self, session):
        if self.waiting:
            ours = self.waiting.pop(self.chance.randrange(len(self.waiting)))
            with prepared.line(self.database) as line:
                may_leave = deliveries.turn(line, "newsletter", self.ended, ours, NOW)
            self.ended = None
            if may_leave:
                assert ours.person not in self.said_no
                self.sending.append(ours)
            else:
                deliveries.withhold(session, "newsletter", ours, NOW)

    def end(self, _session):
        self.write_down()
        if self.sending:
            ours = self.sending.pop()
            self.ended = Ending(ours, DeliveryState.SENT, "250", NOW)
            self.got.append(ours.person)

    def write_down(self):
        if self.ended:
            with prepared.line(self.database) as line:
                deliveries.end(line, self.ended)
            self.ended = None

    def leave(self, session):
        person = session.merge(self.chance.choice(self.everybody), load=False)
        if self.chance.random() < 0.3:
            suppression.suppress(session, person.email_suppression, "email", "all", "complaint", NOW)
        else:
            people.decide(
                session,
                person,
                {"newsletter": ledger.State.WITHDRAWN},
                channel=ledger.Channel.ONE_CLICK,
                notice=withdrawal_notice("en"),
                language="en",
                now=NOW,
            )
        self.said_no.add(person.id)

    def pause(self, session):
        campaign = session.get_one(Campaign, self.campaign)
        if campaign.state != CampaignState.CANCELLED:
            runs = campaign.state == CampaignState.RUNNING
            campaign.state = CampaignState.PAUSED if runs else CampaignState.RUNNING

    def cancel(self, session):
        session.get_one(Campaign, self.campaign).state = CampaignState.CANCELLED
        deliveries.call_off(session, self.campaign, NOW)
        self.said_no |= {person.id for person in self.everybody}

    def recover(self, session):
        """Every lease is over; what was on its way may still be answered."""
        deliveries.recover(session, self.campaign, NOW + 2 * deliveries.LEASE)


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("number", [150, pytest.param(1000, marks=pytest.mark.slow)])
def test_who_leaves_before_the_body_goes_gets_nothing_in_any_order(database, monkeypatch, number):
    # What is tried is order, not a power cut.
    event.listen(database.engine, "checkout", lambda each, *_: each.execute("PRAGMA synchronous=OFF"))
    chance = random.Random(20261126)
    monkeypatch.setattr(deliveries, "BATCH", 1)
    runs, acts, notice = [], [], account_notice("en")
    with database.session() as session:
        for _ in range(number):
            everybody = [make_person(session) for _ in range(PEOPLE)]
            acts += [ledger.Act(person.id, GRANTED, notice, "en") for person in everybody]
            run = Run(database, chance, everybody)
            values = {"id": run.campaign, "topic": "newsletter", "state": "running", "created_at": NOW}
            session.execute(insert(Campaign), {**values, "candidates": PEOPLE})
            rows = [
                {"campaign": run.campaign, "person": person.id, "language": "en", "basis": "consent",
                 "decision": 1, "notice": "n", "state": "pending", "due_at": NOW, "attempts": 0}
                for person in everybody
            ]  # fmt: skip
            session.execute(insert(Delivery), rows)
            runs.append(run)
        ledger.record_all(session, acts, channel=ledger.Channel.ACCOUNT, now=NOW)
        session.commit()
    reached = 0
    for run in runs:
        names = ["claim", "begin", "end"] * PEOPLE + ["leave", chance.choice(OTHERS)]
        chance.shuffle(names)
        for name in names:
            run.step(name)
        run.write_down()
        with database.session(write=False) as session:
            is_sent = Delivery.campaign == run.campaign, Delivery.state == DeliveryState.SENT
            sent = session.scalars(select(Delivery.person).where(*is_sent)).all()
        assert sorted(run.got) == sorted(sent)
        reached += len(run.got)
    # The orders are such that both happen: some got theirs, some left in time.
    assert 0 < reached < number * PEOPLE
