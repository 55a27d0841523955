"""What a view needs of the request it answers: session, clock, settings, a nudge for the worker."""

import logging
from datetime import datetime

from flask import Flask, g, request
from sqlalchemy.orm import Session

from clevenio.settings import Settings
from clevenio.web.kit import kit

log = logging.getLogger(__name__)
READING = ("GET", "HEAD", "OPTIONS")


def install(app: Flask) -> None:
    """Close the request's database session when the request ends, committed or not."""
    app.teardown_appcontext(_close)


def db(write: bool | None = None) -> Session:
    """This request's database session. It writes on a POST; `write=True` asks for it elsewhere.

    Whoever changes something commits once. Raises `Unavailable` in the middle of an upgrade.
    """
    if "session" not in g:
        wanted = request.method not in READING if write is None else write
        kit().watch.require(write=wanted)
        g.session, g.session_writes = kit().database.open(wanted), wanted
    elif write and not g.session_writes:
        kit().watch.require(write=True)
        g.session.close()
        g.session, g.session_writes = kit().database.open(write=True), True
    session: Session = g.session
    return session


def _close(_error: BaseException | None) -> None:
    session = g.pop("session", None)
    if session is not None:
        session.close()


def settings() -> Settings:
    """The settings of this installation."""
    return kit().settings


def now() -> datetime:
    """The moment this request is answered at: one for all of it."""
    if "now" not in g:
        g.now = kit().clock()
    moment: datetime = g.now
    return moment


def page_number() -> int:
    """The page of a list that the address asks for; the first where it names none that could be."""
    text = request.args.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def nudge(tick: str = "mail") -> None:
    """Ask the worker to look at once; called after the commit.

    Where mail is kept in a folder there is nothing to wait for: it is written here and now, and what waited for it ends.
    """
    made = kit()
    if tick in ("mail", "restrictions") and made.settings.smtp_url is None:
        made.jobs.run(tick)
    else:
        made.jobs.nudge(tick)
