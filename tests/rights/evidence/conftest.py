"""Somebody with mails, files and decisions, sealed; and their answers as files."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from clevenio.audiences.export import handout, order
from clevenio.audiences.files import stream
from clevenio.audiences.platforms import platform
from clevenio.audiences.segments import find
from clevenio.consent import sealing
from clevenio.newsletter.models import Campaign, CampaignState, Delivery, DeliveryState, Edition
from clevenio.people.addresses import address
from clevenio.rights.evidence import answers, package
from clevenio.rights.evidence.questions import Question, Reason
from clevenio.rights.evidence.whom import whom
from tests.support.factories import NOW, grant, make_person

EMAIL = "aino.todiste@example.com"
# Other people's words and numbers, none of which may stand in an answer about Aino.
OTHER = {"email": "otso.toinen@example.com", "first_name": "Otso", "phone": "+358409998887"}


@pytest.fixture
def extra_settings():
    return {"AUDIENCE_MINIMUM_OVERRIDE": "1"}


@pytest.fixture
def aino(database, settings):
    """Aino agreed, was mailed and is in a file, and so is Otso; the ledger is sealed. Her id."""
    with database.session() as session:
        otso = make_person(session, **OTHER)
        aino = make_person(session, EMAIL, first_name="Aino")
        for each in (otso, aino):
            [first, *_] = grant(session, each, "newsletter", "ad_audiences")
            _mail(session, each, first)
        session.commit()
        ours = aino.id
    hand_out(database, settings)
    seal(database, settings)
    return ours


def _mail(session, person, decision):
    campaign = Campaign(
        topic="newsletter", state=CampaignState.FINISHED, created_at=NOW, candidates=1, finished_at=NOW
    )
    session.add(campaign)
    session.flush()
    session.add(Edition(campaign=campaign.id, language="en", subject="Hello, {{ topic }}", source="# Hello"))
    session.add(
        Delivery(
            campaign=campaign.id,
            person=person.id,
            language="en",
            basis="consent",
            decision=decision.sequence,
            notice=decision.notice,
            handle=None,
            state=DeliveryState.SENT,
            due_at=NOW,
            finished_at=NOW + timedelta(minutes=1),
        )
    )
    session.flush()


def hand_out(database, settings, name="google"):
    chosen = platform(name, settings.data)
    with database.session() as session:
        ordered = order(session, settings, chosen, find(session, "all", NOW), actor="command", now=NOW)
        session.commit()
    with handout(database, settings, chosen, ordered.id, now=NOW) as opened:
        return b"".join(stream(opened))


def seal(database, settings, now=NOW):
    return sealing.seal(database, settings.data / "seals", [settings.suppression_key], now)


@pytest.fixture
def ask(database, settings):
    """`ask(Question.MAIL)`: the answer about somebody, and with `file` the zip of it."""

    def answer(question, email=EMAIL, number=None, file=False):
        with database.session() as session:
            found = whom(session, settings, address(email))
            made = answers.about_person(session, settings, question, found, NOW, number)
            if not file:
                return made
            prepared = package.prepare(session, made, "staff:1", "evidence.export", Reason.INSPECTION, NOW)
            session.commit()
            return package.finished(settings, prepared)

    return answer


@pytest.fixture
def taken(aino, ask):
    """The file of Aino's mails."""
    return ask(Question.MAIL, file=True)


@pytest.fixture
def tamper(database):
    """Runs a statement as somebody who can switch the triggers off."""

    def run(statement):
        # Of a program that is not ours, foreign keys are not looked after either.
        with closing(sqlite3.connect(database.url.database)) as connection, connection:
            names = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND "
                "(name LIKE '%_no_update' OR name LIKE '%_no_delete' OR name LIKE '%_no_replace')"
            )
            for (name,) in names.fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            assert connection.execute(statement).rowcount > 0

    return run


@pytest.fixture
def officer(sign_in_staff, clock):
    """A privacy officer's browser."""
    return sign_in_staff("privacy_officer")
