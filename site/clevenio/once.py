"""One act for a form that was posted twice.

People press a button twice, and browsers repeat a post. The same form with the same fields within
ten minutes is one act, recognised by a keyed hash of its fields, so nothing readable is kept.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import String, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from clevenio.database import Base, UtcDateTime, inserted
from clevenio.signing import keyed_hash
from clevenio.sweeps import Sweep

WINDOW = timedelta(minutes=10)


class Post(Base):
    """A form that was acted on, until `until`."""

    __tablename__ = "posts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


def first_time(session: Session, key: str, form: str, fields: Mapping[str, str], now: datetime) -> bool:
    """Whether these normalised fields of this form are new within the window; remembers them.

    Two posts at the same moment: the database lets one of them in, the other waits and gets False.
    """
    session.execute(delete(Post).where(Post.until <= now))
    return inserted(session, Post, {"key": _hash(key, form, fields), "until": now + WINDOW})


def forget(session: Session, key: str, form: str, fields: Mapping[str, str]) -> None:
    """What the form led to is over, so the same fields are a new act from now on."""
    session.execute(delete(Post).where(Post.key == _hash(key, form, fields)))


def _hash(key: str, form: str, fields: Mapping[str, str]) -> str:
    parts = [text for name in sorted(fields) for text in (name, fields[name])]
    return keyed_hash(key, form, *parts)


SWEEPS = (Sweep("technical", "posts", Post, lambda _start, now: Post.until <= now),)
