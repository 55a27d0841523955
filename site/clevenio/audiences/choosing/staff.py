"""The back office's pages where a marketer chooses people, then platforms, and sees counts before any file."""

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.audiences import operations, queries, segments
from clevenio.audiences.choosing import counting
from clevenio.audiences.choosing.forms import SegmentForm, of_segment
from clevenio.audiences.export import refusal
from clevenio.audiences.handouts import may_split
from clevenio.audiences.layouts import Platform
from clevenio.audiences.platforms import platforms
from clevenio.audiences.preview import required, serves
from clevenio.audiences.sentences import sentence
from clevenio.audiences.staff import new_link
from clevenio.audiences.uploads import queries as uploads
from clevenio.audiences.uploads.staff import drawn
from clevenio.errors import Refused
from clevenio.i18n import gettext as _
from clevenio.people.staff_members import Role
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.errors import say
from clevenio.web.forms import SignedInForm
from clevenio.web.kit import kit
from clevenio.web.rendering import render
from clevenio.web.request import db, now, settings

bp = StaffBlueprint("segments", Role.MARKETER, url_prefix="/audiences/segments")


@bp.get("/new")
def new_segment() -> str:
    return _form(SegmentForm(queries.others(db())))


@bp.post("")
def create_segment() -> ResponseReturnValue:
    form = SegmentForm(queries.others(db()))
    if not form.validate_on_submit():
        return _form(form), 422
    try:
        made = operations.create_segment(
            db(), form.name.data or "", form.description.data or "", form.criteria(), actor(), now()
        )
    except Refused as problem:
        form.name.errors = [say(problem)]
        return _form(form), 422
    db().commit()
    return redirect(url_for("segments_staff.segment", key=made.id), 303)


@bp.get("/<key>")
def segment(key: str) -> str:
    """The segment, the platforms to choose from, and counts for those that were chosen."""
    choice, found = queries.segment(db(), key, now()), platforms(settings().data)
    saved = None if key == segments.ALL else queries.saved_segment(db(), key)
    kept = segments.why_kept(db(), saved) if saved else None
    wanted = set(request.args.getlist("platform"))
    chosen = [each for each in found if each.id in wanted]
    return render(
        "audiences/segment.html",
        key=key,
        segment=choice,
        description=saved.description if saved else "",
        kept=say(kept) if kept else "",
        form=SignedInForm(),
        sentence=sentence(choice.asked or {}),
        platforms=found,
        chosen=[each.id for each in chosen],
        rows=[(each, *_counted(choice, each)) for each in chosen],
        drawn=drawn(uploads.courses(db(), choice.name)),
        names={each.id: str(each.facts.name) for each in found},
    )


@bp.get("/<key>/edit")
def edit_segment(key: str) -> str:
    saved = queries.saved_segment(db(), key)
    return _form(of_segment(saved, queries.others(db(), saved)), key)


@bp.post("/<key>")
def change_segment(key: str) -> ResponseReturnValue:
    saved = queries.saved_segment(db(), key)
    form = SegmentForm(queries.others(db(), saved))
    if not form.validate_on_submit():
        return _form(form, key), 422
    try:
        operations.change_segment(
            db(),
            saved,
            form.name.data or "",
            form.description.data or "",
            form.criteria(),
            seen=form.seen.data or "",
            actor=actor(),
            now=now(),
        )
    except segments.Overtaken as problem:
        # Now that they see it, their next save is meant.
        form.seen.data = segments.version(saved)
        as_it_is = sentence(queries.segment(db(), key, now()).asked or {})
        meant = _(
            "It is called “%(name)s” now: %(sentence)s Save again to put what stands here in its place.",
            name=saved.name,
            sentence=as_it_is,
        )
        form.name.errors = [f"{say(problem)} {meant}"]
        return _form(form, key), 422
    except Refused as problem:
        form.name.errors = [say(problem)]
        return _form(form, key), 422
    db().commit()
    return redirect(url_for("segments_staff.segment", key=key), 303)


@bp.post("/<key>/deletion")
def delete_segment(key: str) -> ResponseReturnValue:
    operations.delete_segment(db(), queries.saved_segment(db(), key), actor(), now())
    db().commit()
    return redirect(url_for("audiences_staff.audiences"), 303)


@bp.get("/<key>/<name>")
def preview_export(key: str, name: str) -> str:
    choice, chosen = queries.segment(db(), key, now()), _platform(name)
    shown, is_enough = _counted(choice, chosen, with_columns=True)
    refused = refusal(chosen, now())
    return render(
        "audiences/preview.html",
        key=key,
        segment=choice,
        sentence=sentence(choice.asked or {}),
        platform=chosen,
        shown=shown,
        counts=shown.counts,
        is_enough=is_enough,
        refused=say(refused) if refused else "",
        needed=required(settings(), chosen.facts),
        added=counting.added(kit().database, settings(), choice, chosen, shown),
        same_as=counting.same_as(kit().database, choice, chosen),
        serves=serves(settings(), chosen.facts, shown.counts.rows),
        may_split=may_split(chosen.facts, shown.counts.rows),
        new_link=new_link,
        form=SignedInForm(),
    )


def _counted(choice: segments.Choice, chosen: Platform, *, with_columns: bool = False) -> counting.Counted:
    return counting.count(kit().database, settings(), choice, chosen, now(), with_columns=with_columns)


def _form(form: SegmentForm, key: str = "") -> str:
    return render("audiences/segment_form.html", form=form, key=key)


def _platform(name: str) -> Platform:
    known = {each.id: each for each in platforms(settings().data)}
    return known.get(name) or abort(404)
