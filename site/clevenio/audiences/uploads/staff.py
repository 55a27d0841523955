"""The back office's pages about files: all of them, what each was, what became of it, and how much of it was matched."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from clevenio.audiences.blurring import tens
from clevenio.audiences.forms import FilesFilter
from clevenio.audiences.models import Export
from clevenio.audiences.platforms import platforms
from clevenio.audiences.queries import exports
from clevenio.audiences.sentences import sentence
from clevenio.audiences.uploads import operations, queries
from clevenio.audiences.uploads.forms import MatchForm, UploadedForm
from clevenio.audiences.uploads.models import Match
from clevenio.errors import BadInput
from clevenio.i18n import format_date, format_number, local_day
from clevenio.i18n import gettext as _
from clevenio.paging import page_of
from clevenio.people.staff_access import names_of
from clevenio.people.staff_members import Role
from clevenio.web import charts
from clevenio.web.access import actor, current_staff
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.errors import say
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, page_number, settings

bp = StaffBlueprint("uploads", Role.MARKETER, url_prefix="/audiences/exports")
# Whoever oversees what leaves reads of it, and changes nothing.
reading = StaffBlueprint(
    "audience_files", Role.MARKETER, Role.PRIVACY_OFFICER, url_prefix="/audiences/exports"
)


@reading.get("")
def files() -> ResponseReturnValue:
    """Every file that was asked for. It names nobody, and so looking is no entry in the audit trail."""
    names = {each.id: str(each.facts.name) for each in platforms(settings().data)}
    chosen = FilesFilter(names)
    status = 200 if chosen.validate() else 422
    found = page_of(db(), exports(chosen.wanted()), page_number())
    return render(
        "audiences/exports.html",
        found=found,
        chosen=chosen,
        filters=chosen.chosen(),
        names=names,
        **_reader(found.rows),
    ), status


@reading.get("/<row:number>")
def one(number: int) -> str:
    return _page(queries.find(db(), number))


@bp.post("/<row:number>/upload")
def mark_uploaded(number: int) -> ResponseReturnValue:
    export, form = queries.find(db(), number, is_changing=True), UploadedForm()
    if not form.validate_on_submit() or form.uploaded_on.data is None:
        return _page(export, uploaded=form), 422
    try:
        operations.mark_uploaded(db(), export, form.uploaded_on.data, actor(), now())
    except BadInput as problem:
        form.uploaded_on.errors = [say(problem)]
        return _page(export, uploaded=form), 422
    answer = _done(number)
    # Whoever it took out, or is in no list any more, need not be told of by hand.
    nudge("recipients")
    return answer


@bp.post("/<row:number>/discarding")
def discard(number: int) -> ResponseReturnValue:
    operations.discard(db(), queries.find(db(), number, is_changing=True), actor(), now())
    return _done(number)


@bp.post("/<row:number>/matches")
def enter_match(number: int) -> ResponseReturnValue:
    export, form = queries.find(db(), number, is_changing=True), MatchForm()
    if not form.validate_on_submit() or form.read_on.data is None:
        return _page(export, match=form), 422
    try:
        operations.enter_match(
            db(), export, form.identifier.data, form.matched.data or 0, form.read_on.data, actor(), now()
        )
    except BadInput as problem:
        form[str(problem.values["field"])].errors = [say(problem)]
        return _page(export, match=form, there=_there(problem)), 422
    return _done(number)


@bp.get("/<row:number>/matches/<row:reading>")
def match(number: int, reading: int) -> str:
    export = queries.find(db(), number)
    found = queries.match(db(), export, reading)
    data = {"identifier": found.identifier, "matched": found.matched, "read_on": found.read_on}
    return _match_page(export, found, MatchForm(formdata=None, data=data))


@bp.post("/<row:number>/matches/<row:reading>")
def change_match(number: int, reading: int) -> ResponseReturnValue:
    export, form = queries.find(db(), number, is_changing=True), MatchForm()
    found = queries.match(db(), export, reading)
    if not form.validate_on_submit() or form.read_on.data is None:
        return _match_page(export, found, form), 422
    try:
        operations.change_match(
            db(),
            export,
            found,
            form.identifier.data,
            form.matched.data or 0,
            form.read_on.data,
            actor(),
            now(),
        )
    except BadInput as problem:
        form[str(problem.values["field"])].errors = [say(problem)]
        return _match_page(export, found, form, _there(problem)), 422
    return _done(number)


@bp.post("/<row:number>/matches/<row:reading>/deletion")
def delete_match(number: int, reading: int) -> ResponseReturnValue:
    export = queries.find(db(), number, is_changing=True)
    operations.delete_match(db(), export, queries.match(db(), export, reading), actor(), now())
    return _done(number)


def _there(problem: BadInput) -> Match | None:
    """The figure that is there already, where that is the problem."""
    return problem.match if isinstance(problem, operations.Twice) else None


def _match_page(export: Export, found: Match, form: MatchForm, there: Match | None = None) -> str:
    return render(
        "audiences/match.html",
        export=export,
        found=found,
        match=form,
        there=there,
        form=SignedInForm(formdata=None),
    )


def _done(number: int) -> ResponseReturnValue:
    db().commit()
    return redirect(url_for("audience_files_staff.one", number=number), 303)


def _page(
    export: Export,
    uploaded: UploadedForm | None = None,
    match: MatchForm | None = None,
    there: Match | None = None,
) -> str:
    names = {each.id: each for each in platforms(settings().data)}
    return render(
        "audiences/export.html",
        export=export,
        platform=names.get(export.platform),
        sentence=sentence(export.criteria),
        matches=queries.matches(db(), export),
        uploaded=uploaded or UploadedForm(formdata=None),
        match=match or MatchForm(formdata=None),
        there=there,
        form=SignedInForm(formdata=None),
        tens=tens,
        is_again="again" in request.args,
        **_reader([export]),
    )


def _reader(found: Iterable[Export]) -> dict[str, object]:
    """What files look like to whoever reads of them: a marketer acts on them, an officer is told who made them."""
    roles = current_staff().roles
    oversees = bool(roles & {Role.PRIVACY_OFFICER, Role.ADMINISTRATOR})
    return {
        "now": now(),
        "may_act": bool(roles & {Role.MARKETER, Role.ADMINISTRATOR}),
        "people": names_of(db(), [export.actor for export in found]) if oversees else None,
    }


@dataclass(frozen=True)
class Drawn:
    """How one platform's files of a segment went, as charts, with the figures behind them."""

    course: queries.Course
    files: list[tuple[Export, float | None]]
    size: Markup
    coverage: Markup
    rates: list[tuple[str, list[Match], Markup]]


def drawn(found: Iterable[queries.Course]) -> list[Drawn]:
    """Charts of sizes, of who had agreed, and of what was matched, where there is more than one of each."""
    return [_drawn(course) for course in found if len(course.exports) > 1]


def _drawn(course: queries.Course) -> Drawn:
    # A file that was ordered first may have been fetched last.
    made = sorted(course.exports, key=lambda export: export.created_at)
    files = [(export, queries.coverage(export)) for export in made]
    days = [local_day(export.created_at) for export in made]
    shares = [None if share is None else round(100 * share) for _export, share in files]
    rates = [
        (name, readings, _line(_("Matched"), [round(100 * each.rate) for each in readings], _days(readings)))
        for name, readings in sorted(course.rates.items())
        if len(readings) > 1
    ]
    rows: list[int | None] = [export.rows for export in made]
    return Drawn(
        course, files, _line(_("Rows"), rows, days), _line(_("Had agreed, in percent"), shares, days), rates
    )


def _days(readings: Iterable[Match]) -> list[date]:
    return [each.read_on for each in readings]


def _line(name: str, values: Sequence[int | None], days: Sequence[date]) -> Markup:
    places = sorted({0, len(days) - 1})
    ticks = [charts.Tick(place, format_date(days[place], "medium")) for place in places]
    known = [value for value in values if value is not None]
    said = format_number(known[-1]) if known else ""
    return charts.line(name, values, ticks, said, [(day - days[0]).days for day in days])
