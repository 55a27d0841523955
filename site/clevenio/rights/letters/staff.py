"""What is still to be posted or said: each as it is printed, its enclosure, and the day it was done."""

from uuid import UUID

from flask import Response, redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.i18n import format_date, postal, use_language
from clevenio.rights import clocks
from clevenio.rights.access.views import download
from clevenio.rights.handling.staff import bp
from clevenio.rights.letters import operations, telling
from clevenio.rights.letters.models import Letter
from clevenio.rights.recipients.forms import ToldForm
from clevenio.rights.staff import committed
from clevenio.rights.words import WAYS
from clevenio.web.access import actor, recently_confirmed
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, page_number, settings

__all__ = ["bp"]


@bp.get("/letters")
def letters() -> str:
    """It names nobody, and so looking is no entry in the audit trail."""
    return render("rights/letters/list.html", found=operations.waiting(db(), page_number()), ways=WAYS)


@bp.get("/letters/<uuid:letter_id>")
def letter(letter_id: UUID) -> str:
    found = operations.locked(db(write=True), letter_id)
    today, first = clocks.day_of(now()), clocks.day_of(found.created_at)
    return _page(found, ToldForm(today, first, None, told_on=today))


@bp.post("/letters/<uuid:letter_id>/day")
def write_day(letter_id: UUID) -> ResponseReturnValue:
    found = operations.locked(db(), letter_id)
    form = ToldForm(clocks.day_of(now()), clocks.day_of(found.created_at))
    if not form.validate():
        return _page(found, form), 422
    telling.told(db(), settings(), letter_id, form.day(), actor(), now())
    answer = committed("requests_staff.one", found.request)
    # An erasure goes on once its answer has left.
    nudge("rights")
    return answer


@bp.post("/letters/<uuid:letter_id>/file")
@recently_confirmed
def enclosure(letter_id: UUID) -> ResponseReturnValue:
    response: Response = download(telling.take(db(), settings(), letter_id, actor(), now()))
    db().commit()
    return response


@bp.post("/letters/<uuid:letter_id>/copy")
def make_copy(letter_id: UUID) -> ResponseReturnValue:
    telling.make(db(), settings(), letter_id, actor(), now())
    db().commit()
    return redirect(url_for("requests_staff.letter", letter_id=letter_id), 303)


def _page(found: Letter, form: ToldForm) -> str:
    telling.trail(db(write=True), settings(), found, actor(), "rights.read_letter", now())
    with use_language(found.language):
        date, sender = format_date(clocks.day_of(found.created_at)), postal(settings().controller_address)
    page = render(
        "rights/letters/one.html",
        letter=found,
        date=date,
        sender=sender,
        file=telling.enclosure(db(), found, now()),
        may_be_made=telling.may_be_made(db(), settings(), found, now()),
        form=form,
        ways=WAYS,
        token=SignedInForm(None),
    )
    db().commit()
    return page
