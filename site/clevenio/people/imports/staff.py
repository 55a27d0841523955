"""The back office's pages that bring people in: a file, what its columns hold, what would happen, and then it does."""

from pathlib import Path

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from clevenio import audit
from clevenio.errors import BadInput
from clevenio.i18n import format_number, sentence
from clevenio.i18n import gettext as _
from clevenio.paging import page_of
from clevenio.people.imports import keeping, queries, receiving, words
from clevenio.people.imports.formats import recognised
from clevenio.people.imports.forms import FileForm, MappingForm, mapping_form
from clevenio.people.imports.models import PeopleImport, State
from clevenio.people.staff_members import Role
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.errors import say
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, page_number, settings

bp = StaffBlueprint("imports", Role.MARKETER, url_prefix="/imports")
LARGEST = 50_000_000
# What a form has besides the file.
AROUND = 100_000


@bp.url_value_preprocessor
def take_large_files(_endpoint: str | None, _values: object) -> None:
    """Before the token is looked for in the form."""
    if request.endpoint == "imports_staff.receive":
        request.max_content_length = LARGEST + AROUND


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    # The rest of it stays unread: what is shown needs nothing of it.
    request.form, request.files = ImmutableMultiDict(), ImmutableMultiDict()
    form = FileForm(formdata=None)
    size = format_number(LARGEST // 1_000_000)
    form.file.errors = [
        _(
            "The file is larger than %(size)s MB. Split it, or have it brought in by the command "
            "clevenio people import, which takes any size.",
            size=size,
        )
    ]
    return _listed(form), 413


@bp.get("")
def imports() -> str:
    return _listed(FileForm())


@bp.post("")
def receive() -> ResponseReturnValue:
    form = FileForm()
    if not form.validate_on_submit():
        return _listed(form), 422
    try:
        with keeping.opened(settings().data) as file:
            form.file.data.save(file)
            file.flush()
            brought = receiving.receive(db(), settings().secret_keys, Path(file.name), actor(), now())
    except BadInput as problem:
        form.file.errors = [say(problem)]
        return _listed(form), 422
    db().commit()
    return redirect(url_for("imports_staff.mapping", number=brought.id), 303)


@bp.get("/<row:number>")
def one(number: int) -> ResponseReturnValue:
    brought = queries.find(db(), number)
    if brought.state == State.RECEIVED:
        return redirect(url_for("imports_staff.mapping", number=number), 303)
    report = brought.report
    page = render(
        "people/imports/one.html",
        brought=brought,
        report=report,
        reasons=words.reasons(report) if report else [],
        problem=sentence(brought.problem) if brought.problem else "",
        name_of=words.name_of,
        listed=words.listed,
        form=SignedInForm(),
    )
    answer = make_response(page)
    if brought.is_waiting:
        # Works without scripts; the page stops asking once the worker is done.
        answer.headers["Refresh"] = "2"
    return answer


@bp.get("/<row:number>/columns")
def mapping(number: int) -> ResponseReturnValue:
    brought = queries.find(db(), number)
    if brought.is_waiting or brought.is_over:
        return redirect(url_for("imports_staff.one", number=number), 303)
    return _mapped(brought, mapping_form(brought.header, brought.columns))


@bp.post("/<row:number>/columns")
def save_mapping(number: int) -> ResponseReturnValue:
    brought = queries.find(db(), number, is_changing=True)
    form = mapping_form(brought.header, brought.columns)
    if not form.validate_on_submit():
        return _mapped(brought, form), 422
    receiving.map_columns(brought, form.columns())
    return _handed_over(number)


@bp.post("/<row:number>/storing")
def store(number: int) -> ResponseReturnValue:
    receiving.store(queries.find(db(), number, is_changing=True))
    return _handed_over(number)


@bp.post("/<row:number>/discarding")
def discard(number: int) -> ResponseReturnValue:
    receiving.discard(db(), queries.find(db(), number, is_changing=True))
    db().commit()
    return redirect(url_for("imports_staff.imports"), 303)


@bp.get("/<row:number>/rejects.csv")
def rejects(number: int) -> Response:
    brought = queries.find(db(), number)
    answer = Response(b"".join(queries.rejects(brought)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="import-{number}-rejects.csv"'
    return answer


def _listed(form: FileForm) -> str:
    found = page_of(db(), queries.imports(), page_number())
    return render("people/imports/imports.html", found=found, form=form, largest=LARGEST // 1_000_000)


def _mapped(brought: PeopleImport, form: MappingForm) -> str:
    """The form with an example from each column, which is somebody's data: so the look is an entry in the trail."""
    with keeping.beginning(db(), settings().secret_keys, settings().data, brought.id) as path:
        found = receiving.examples(path)
    details = {"import": brought.id}
    audit.record(db(write=True), actor=actor(), action="people.preview", now=now(), details=details)
    db(write=True).commit()
    fields = [field for field in form if field.name.startswith("column_")]
    written_by = recognised(brought.header)
    return render(
        "people/imports/mapping.html",
        brought=brought,
        form=form,
        fields=list(zip(fields, found, words.hints(brought.header, form.columns()), strict=True)),
        program=written_by.name if written_by else "",
    )


def _handed_over(number: int) -> ResponseReturnValue:
    db().commit()
    nudge("imports")
    return redirect(url_for("imports_staff.one", number=number), 303)
