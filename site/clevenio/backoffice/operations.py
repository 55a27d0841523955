"""Staff: inviting them, and letting them in."""

from datetime import datetime

from sqlalchemy.orm import Session

from clevenio.settings import Settings


def first_invitation(session: Session, settings: Settings, now: datetime) -> str | None:
    """The path of the first administrator's one-time link; None once there is any staff."""
    return None
