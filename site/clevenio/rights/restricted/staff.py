"""The list of restrictions that stand, from the page of requests."""

from clevenio.rights.letters.staff import bp
from clevenio.rights.restricted import operations
from clevenio.rights.words import WORDS
from clevenio.web.access import actor
from clevenio.web.rendering import render
from clevenio.web.request import db, now, page_number, settings

__all__ = ["bp"]


@bp.get("/restrictions")
def restricted() -> str:
    session = db(write=True)
    page, found = operations.read(session, settings(), page_number(), actor(), now())
    shown = render("rights/restrictions.html", page=page, found=found, now=now(), **WORDS)
    session.commit()
    return shown
