"""What is still to be posted or said: each as it is printed, its enclosure, and the day it was done."""

from uuid import UUID

from flask import Response
from flask.typing import ResponseReturnValue

from clevenio.errors import Missing
from clevenio.i18n import format_date, postal, use_language
from clevenio.rights import clocks
from clevenio.rights.access.models import DataFile
from clevenio.rights.access.operations import lifetime
from clevenio.rights.access.views import download
from clevenio.rights.handling.staff import bp
from clevenio.rights.letters import operations
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
    operations.told(db(), settings(), letter_id, form.day(), actor(), now())
    answer = committed("requests_staff.one", found.request)
    # An erasure goes on once its answer has left.
    nudge("rights")
    return answer


@bp.post("/letters/<uuid:letter_id>/file")
@recently_confirmed
def enclosure(letter_id: UUID) -> ResponseReturnValue:
    found = operations.locked(db(), letter_id)
    file = _file(found)
    if file is None:
        raise Missing("There is no such file, or its three days are over.")
    file.fetched_at = now()
    operations.trail(db(), settings(), found, actor(), "rights.take_file", now())
    response: Response = download(file)
    db().commit()
    return response


def _file(found: Letter) -> DataFile | None:
    file = db().get(DataFile, found.file) if found.file else None
    return file if file is not None and file.created_at > now() - lifetime() else None


def _page(found: Letter, form: ToldForm) -> str:
    operations.trail(db(write=True), settings(), found, actor(), "rights.read_letter", now())
    with use_language(found.language):
        date, sender = format_date(clocks.day_of(found.created_at)), postal(settings().controller_address)
    page = render(
        "rights/letters/one.html",
        letter=found,
        date=date,
        sender=sender,
        file=_file(found),
        form=form,
        ways=WAYS,
        token=SignedInForm(None),
    )
    db().commit()
    return page
