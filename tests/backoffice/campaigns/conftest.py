"""A marketer at the desk, and a way to post its forms."""

import pytest
from sqlalchemy import select

from clevenio.audit import AuditEntry
from clevenio.newsletter.models import Campaign
from tests.support.application import form_token

DESK = "/staff/campaigns"
WORDS = {
    "topic": "newsletter",
    "segment": "",
    "subject_fi": "Kolme tapaa kysyä",
    "text_fi": "Hei,\n\nlue [kirjoitus](https://www.example.com/a).",
    "subject_en": "Three ways to ask",
    "text_en": "Hello,\n\nread the [piece](https://www.example.com/a).",
}


@pytest.fixture
def marketer(sign_in_staff, clock):
    return sign_in_staff("marketer")


@pytest.fixture
def post(marketer):
    """`post("/new", "", subject_en="…")`: the form of a page, sent by the marketer."""

    def send(page, to, **fields):
        return marketer.post(
            f"{DESK}{to}", data={"csrf_token": form_token(marketer.get(f"{DESK}{page}")), **fields}
        )

    return send


@pytest.fixture
def written(post, other_session):
    """`written(topic="surveys")`: a draft that was saved; returns its address below the desk."""

    def write(**fields):
        answer = post("/new", "", **{**WORDS, **fields})
        assert answer.status_code == 303, answer.text
        return answer.location.removeprefix(DESK).removesuffix("/text")

    return write


@pytest.fixture
def acts(other_session):
    """`acts()`: what the trail says was done with campaigns, in order."""

    def read():
        with other_session() as session:
            entries = session.scalars(select(AuditEntry).order_by(AuditEntry.sequence))
            return [entry.action for entry in entries if entry.action.startswith("newsletter.")]

    return read


@pytest.fixture
def campaigns(other_session):
    """`campaigns()`: every campaign that was committed."""

    def read():
        with other_session() as session:
            return list(session.scalars(select(Campaign)))

    return read
