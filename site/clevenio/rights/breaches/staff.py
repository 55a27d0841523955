"""The register of breaches for the privacy officer: the list, an entry with its clock, and what is added to it."""

from uuid import UUID

from flask import Response, redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.errors import BadInput, Missing, Refused
from clevenio.people.staff_access import names_of
from clevenio.people.staff_members import Role
from clevenio.rights.breaches import exports, operations, queries
from clevenio.rights.breaches.forms import AspectForm, OpeningForm, form_for
from clevenio.rights.breaches.models import Aspect
from clevenio.rights.breaches.standing import Standing
from clevenio.rights.breaches.words import WORDS, length
from clevenio.spreadsheets import table
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.errors import say
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now

bp = StaffBlueprint("breaches", Role.PRIVACY_OFFICER, url_prefix="/breaches")


@bp.get("")
def register() -> str:
    return render(
        "rights/breaches/register.html",
        register=queries.register(db()),
        token=SignedInForm(None),
        length=length,
        now=now(),
        **WORDS,
    )


@bp.get("/new")
def opening() -> str:
    return render("rights/breaches/opening.html", form=OpeningForm(now(), None))


@bp.post("/new")
def open_entry() -> ResponseReturnValue:
    form = OpeningForm(now())
    if not form.validate():
        return render("rights/breaches/opening.html", form=form), 422
    breach = operations.open_entry(db(), form.opening(), actor(), now())
    db().commit()
    return redirect(url_for("breaches_staff.one", breach_id=breach.id), 303)


@bp.get("/<uuid:breach_id>")
def one(breach_id: UUID) -> str:
    standing = queries.locked(db(write=True), breach_id)
    return render(
        "rights/breaches/entry.html",
        standing=standing,
        is_edited=queries.edited(db(), standing),
        names=names_of(db(), [each.actor for each in standing.additions]),
        token=SignedInForm(None),
        length=length,
        now=now(),
        **WORDS,
    )


@bp.get("/<uuid:breach_id>/<aspect>")
def addition(breach_id: UUID, aspect: str) -> str:
    standing, about = queries.locked(db(write=True), breach_id), _aspect(aspect)
    return _form_page(standing, form_for(about, now(), None))


@bp.post("/<uuid:breach_id>/<aspect>")
def add(breach_id: UUID, aspect: str) -> ResponseReturnValue:
    form = form_for(_aspect(aspect), now())
    if not form.validate():
        return _form_page(queries.locked(db(), breach_id), form), 422
    try:
        operations.add(db(), breach_id, form.entry(), actor(), now())
    except (BadInput, Refused) as problem:
        db().rollback()
        if isinstance(problem, BadInput):
            form[str(problem.values["field"])].errors = [say(problem)]
        else:
            form.form_errors.append(say(problem))
        return _form_page(queries.locked(db(), breach_id), form), 422
    db().commit()
    return redirect(url_for("breaches_staff.one", breach_id=breach_id), 303)


def _aspect(name: str) -> Aspect:
    """Raises `Missing` for what nothing can be added about."""
    if name not in list(Aspect):
        raise Missing("There is no such page.")
    return Aspect(name)


def _form_page(standing: Standing, form: AspectForm) -> str:
    return render(
        "rights/breaches/addition.html", standing=standing, form=form, length=length, now=now(), **WORDS
    )


@bp.post("/file")
def register_file() -> Response:
    """The whole register as CSV. It names nobody outside the company, so no fresh proof is asked for."""
    body = table(exports.HEAD, list(exports.rows(queries.register(db()))))
    operations.export(db(), actor(), now())
    db().commit()
    return _file(Response(body, mimetype="text/csv"), f"breaches-{now():%Y-%m-%d}.csv")


@bp.post("/<uuid:breach_id>/file")
def entry_file(breach_id: UUID) -> Response:
    body = exports.document(queries.locked(db(), breach_id))
    operations.export(db(), actor(), now(), breach_id)
    db().commit()
    return _file(Response(body, mimetype="application/json"), f"breach-{breach_id}.json")


def _file(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
