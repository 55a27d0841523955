"""The register of disclosures for the privacy officer."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask import Response, redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.errors import BadInput, Refused
from clevenio.people import staff_access
from clevenio.people.staff_members import Role, StaffMember
from clevenio.rights import clocks
from clevenio.rights.disclosures import exports, operations, queries
from clevenio.rights.disclosures.forms import DisclosureForm, NoteForm, WhoseForm
from clevenio.rights.disclosures.models import Disclosure
from clevenio.rights.disclosures.words import WORDS
from clevenio.spreadsheets import table
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.errors import say
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now, page_number, settings

bp = StaffBlueprint("disclosures", Role.PRIVACY_OFFICER, url_prefix="/disclosures")


@bp.get("")
def register() -> str:
    return _register(WhoseForm(None))


def _register(form: WhoseForm, found: list[Disclosure] | None = None) -> str:
    return render(
        "rights/disclosures/register.html",
        form=form,
        found=found,
        register=queries.register(db(), page_number()),
        token=SignedInForm(None),
        **WORDS,
    )


@bp.post("/person")
def find_person() -> ResponseReturnValue:
    form = WhoseForm()
    if not form.validate():
        return _register(form), 422
    found = operations.look_up(db(), settings(), form.address(), actor(), now())
    db().commit()
    return _register(form, found)


@bp.get("/new")
def entry() -> str:
    return _entry(DisclosureForm(*_given(), None))


@bp.post("/new")
def enter() -> ResponseReturnValue:
    form = DisclosureForm(*_given())
    if not form.validate():
        return _entry(form), 422
    try:
        found = operations.enter(db(), settings(), form.entry(), actor(), now())
    except BadInput as problem:
        db().rollback()
        form[str(problem.values["field"])].errors = [say(problem)]
        return _entry(form), 422
    db().commit()
    return redirect(url_for("disclosures_staff.one", disclosure_id=found.id), 303)


def _given() -> tuple[Sequence[StaffMember], date]:
    """Who may have decided, and today."""
    members = staff_access.usable(db(), settings(), (Role.PRIVACY_OFFICER, Role.ADMINISTRATOR), now())
    return members, clocks.day_of(now())


def _entry(form: DisclosureForm) -> str:
    return render("rights/disclosures/entry.html", form=form)


@bp.get("/<uuid:disclosure_id>")
def one(disclosure_id: UUID) -> str:
    return _one(disclosure_id, NoteForm(None))


def _one(disclosure_id: UUID, form: NoteForm) -> str:
    session = db(write=True)
    found = operations.read(session, disclosure_id, actor(), now())
    notes = queries.notes(session, disclosure_id)
    page = render(
        "rights/disclosures/one.html",
        disclosure=found,
        notes=notes,
        number=queries.number_named(session, disclosure_id),
        is_secret=queries.is_secret(db(), found),
        names=staff_access.names_of(
            session, [found.decided_by, found.recorded_by, *(note.actor for note in notes)]
        ),
        form=form,
        **WORDS,
    )
    session.commit()
    return page


@bp.post("/<uuid:disclosure_id>/notes")
def add_note(disclosure_id: UUID) -> ResponseReturnValue:
    form = NoteForm()
    if not form.validate():
        return _one(disclosure_id, form), 422
    ends = bool(form.ends_secrecy.data)
    try:
        operations.note(db(), disclosure_id, form.words(), actor(), now(), ends_secrecy=ends)
    except Refused as problem:
        db().rollback()
        form.ends_secrecy.errors = [say(problem)]
        return _one(disclosure_id, form), 422
    db().commit()
    return redirect(url_for("disclosures_staff.one", disclosure_id=disclosure_id), 303)


@bp.post("/file")
def register_file() -> Response:
    """The register as CSV. Whom an entry is about is in it as a number, so no fresh proof is asked for."""
    body = list(table(exports.HEAD, exports.rows(db())))
    operations.export(db(), actor(), now())
    db().commit()
    response = Response(body, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="disclosures-{now():%Y-%m-%d}.csv"'
    return response
