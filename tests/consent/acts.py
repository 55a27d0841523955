"""Acts of made-up subjects, in one line each."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from clevenio.consent import ledger
from clevenio.consent.ledger import Basis, Channel, Recorded, State
from clevenio.consent.notices import account_notice
from tests.support.factories import NOW


def act(
    session: Session,
    subject: UUID,
    *,
    channel: Channel = Channel.ACCOUNT,
    basis: Basis = Basis.CONSENT,
    now: datetime = NOW,
    language: str = "en",
    **states: State,
) -> list[Recorded]:
    """`act(session, subject, newsletter=GRANTED)`: one decision for each purpose named."""
    return ledger.record(
        session,
        subject,
        states,
        channel=channel,
        basis=basis,
        language=language,
        notice=account_notice(language),
        now=now,
    )


def subjects(session: Session, count: int, **states: Any) -> list[UUID]:
    """That many subjects who each decided the same; sorted."""
    made = sorted(uuid4() for _ in range(count))
    for subject in made:
        act(session, subject, **states)
    return made
