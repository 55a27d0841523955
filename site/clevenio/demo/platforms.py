"""Audiences of the demonstration: segments, files that left, people who left after them, and a platform that was told."""

from collections import deque
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clevenio.audiences import files, operations
from clevenio.audiences.export import handout, handout_now
from clevenio.audiences.models import Export, Kind, Segment
from clevenio.audiences.platforms import platform
from clevenio.audiences.removals import order_removal
from clevenio.audiences.segments import find
from clevenio.consent import ledger
from clevenio.consent.notices import withdrawal_notice
from clevenio.demo.crowd import member
from clevenio.demo.stage import ACTOR, Stage
from clevenio.i18n import local_day
from clevenio.people import operations as people
from clevenio.rights.recipients import closing
from clevenio.rights.recipients.models import Task

SEGMENTS = (
    ("Made-up leaders", "An example: those who decide.", {"role": ["owner", "chief_executive"]}),
    (
        "Made-up sales in Finnish",
        "An example: two criteria at once.",
        {"role": ["sales"], "language": ["fi"]},
    ),
)
FILES = (("google", 30), ("meta", 30), ("linkedin-contacts", 29), ("google", 9))
# Who left: days ago, which platforms, and how many of the crowd.
LEFT = ((20, ("ad_audiences:google", "ad_audiences:meta"), 6), (3, ("ad_audiences",), 3))
TOLD, TOLD_DAYS = "meta", 12


def segments_are_there(session: Session) -> bool:
    """Whether a segment was saved before."""
    return session.scalar(select(Segment.id).limit(1)) is not None


def save_segments(stage: Stage) -> None:
    """Save segments to choose from."""
    with stage.writing() as session:
        for name, description, criteria in SEGMENTS:
            operations.create_segment(session, name, description, criteria, ACTOR, stage.ago(31))


def files_are_there(session: Session) -> bool:
    """Whether a file left before."""
    return session.scalar(select(Export.id).where(Export.kind == Kind.UPLOAD.value).limit(1)) is not None


def hand_out(stage: Stage) -> None:
    """Export, and keep no file: what stays is the record, as after a download."""
    for name, days in FILES:
        chosen, at = platform(name, stage.settings.data), stage.ago(days)
        with stage.database.session(write=False) as session:
            choice = find(session, "all", at)
        opened = handout_now(stage.database, stage.settings, chosen, choice, actor=ACTOR, now=at)
        with opened as ready:
            deque(files.stream(ready), maxlen=0)


def tasks_are_there(session: Session) -> bool:
    """Whether anybody was to be taken out before."""
    return session.scalar(select(Task.id).limit(1)) is not None


def leave(stage: Stage) -> None:
    """Some withdraw after they were sent; one platform is told in time, the others are still to be told."""
    numbers = iter(range(1, 1_000))
    for days, purposes, many in LEFT:
        at = stage.ago(days)
        with stage.writing() as session:
            for _ in range(many):
                _withdraw(session, next(number for number in numbers if number % 8 != 7), purposes, at)
        stage.run("recipients", at)
    at = stage.ago(TOLD_DAYS)
    chosen = platform(TOLD, stage.settings.data)
    with stage.writing() as session:
        ordered = order_removal(session, chosen, actor=ACTOR, now=at).id
    with handout(stage.database, stage.settings, chosen, ordered, now=at) as ready:
        deque(files.stream(ready), maxlen=0)
    with stage.writing() as session:
        closing.close_file(session, stage.settings, TOLD, local_day(at), ACTOR, at)


def _withdraw(session: Session, number: int, purposes: tuple[str, ...], at: datetime) -> None:
    person = member(session, number)
    people.decide(
        session,
        person,
        dict.fromkeys(purposes, ledger.State.WITHDRAWN),
        channel=ledger.Channel.ACCOUNT,
        notice=withdrawal_notice(person.language),
        language=person.language,
        now=at,
    )
