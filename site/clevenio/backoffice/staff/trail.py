"""The audit trail, for the privacy officer. Looking at it is an entry, too."""

from flask import Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from clevenio import audit, audit_sealing
from clevenio.backoffice import trail
from clevenio.backoffice.forms import AddressForm, TrailFilter
from clevenio.backoffice.trail import OVERSEEING
from clevenio.errors import Missing
from clevenio.paging import page_of
from clevenio.people.addresses import address
from clevenio.people.staff_access import names_of
from clevenio.people.staff_members import Role
from clevenio.rights import trail_words
from clevenio.spreadsheets import table
from clevenio.web.access import actor, recently_confirmed
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.errors import say
from clevenio.web.forms import SignedInForm
from clevenio.web.kit import kit
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, page_number, settings

bp = StaffBlueprint("trail", Role.PRIVACY_OFFICER, url_prefix="/audit")
HEAD = ("number", "at", "actor", "action", "sentence", "subject", "reason", "details", "hash")


@bp.get("")
def entries() -> ResponseReturnValue:
    return _list(AddressForm())


@bp.post("/person")
def find_person() -> ResponseReturnValue:
    form = AddressForm()
    if not form.validate_on_submit():
        return _list(form, 422)
    found = address(form.email.data or "")
    subjects = trail.subjects_of(db(), settings().suppression_key, found, actor(), now())
    db().commit()
    if not subjects:
        form.email.errors = [say(Missing("Nobody here has this address, and nobody who was erased had it."))]
        return _list(form, 422)
    return redirect(url_for("trail_staff.entries", subject=".".join(subjects)), 303)


@bp.get("/<row:sequence>")
def entry(sequence: int) -> str:
    found = trail.opened(db(write=True), sequence)
    _record("audit.read", entry=sequence)
    names = names_of(db(), [found.entry.actor])
    return render("backoffice/trail/entry.html", opened=found, names=names, words=trail_words)


@bp.post("/checks")
def create_check() -> ResponseReturnValue:
    audit_sealing.ask(db(), actor(), now())
    db().commit()
    nudge("trail")
    return redirect(url_for("trail_staff.entries"), 303)


@bp.post("/export")
@recently_confirmed
def export() -> Response:
    chosen = TrailFilter(trail.actors(db()), request.form)
    if not chosen.validate():
        abort(422)
    wanted = chosen.wanted()
    trail.export(db(), wanted, actor(), now())
    db().commit()
    # A session of its own, which ends with the last line instead of with this view.
    session = kit().database.open(write=False)
    response = Response(table(HEAD, trail.rows(session, wanted)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="audit-trail-{now():%Y-%m-%d}.csv"'
    response.call_on_close(session.close)
    return response


def _list(form: AddressForm, status: int = 200) -> ResponseReturnValue:
    session = db(write=True)
    chosen = TrailFilter(trail.actors(session), request.args if request.method == "GET" else MultiDict())
    if not chosen.validate():
        status = 422
    wanted = chosen.wanted()
    found = page_of(session, trail.entries(wanted), page_number(), trail.PAGE)
    _record("audit.list", page=found.number)
    return render(
        "backoffice/trail/entries.html",
        entries=found,
        chosen=chosen,
        filters=wanted.parts(),
        names=names_of(session, [entry.actor for entry in found.rows]),
        words=trail_words,
        check=audit_sealing.last_check(session),
        waiting=audit_sealing.waiting_check(session),
        reach=audit_sealing.reach(session, settings().data / "seals", [settings().suppression_key], now()),
        form=form,
        token=SignedInForm(),
    ), status


def _record(action: str, **details: object) -> None:
    audit.record(db(), actor=actor(), action=action, reason=OVERSEEING, details=details, now=now())
    db().commit()
