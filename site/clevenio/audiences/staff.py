"""The back office's pages about audiences: counts on screen, files by a link that works once."""

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio import once
from clevenio.audiences import downloads, operations, queries, segments
from clevenio.audiences.blurring import no_exact_refusal
from clevenio.audiences.explain import Answer, explain, sentence, sentence_of_missing
from clevenio.audiences.export import handout, order
from clevenio.audiences.forms import ExplainForm
from clevenio.audiences.models import Download, Export, Kind
from clevenio.audiences.nesting import expanded
from clevenio.audiences.platforms import platform, platforms
from clevenio.audiences.removals import order_removal
from clevenio.audiences.sentences import sentence as in_words
from clevenio.audiences.views import streamed
from clevenio.consent.readable import DOORS, STATES, how_shown
from clevenio.errors import BadToken, Missing
from clevenio.people.identifiers import address
from clevenio.people.staff_members import Role
from clevenio.web.access import actor, current_staff, recently_confirmed
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.errors import say
from clevenio.web.forms import SignedInForm
from clevenio.web.kit import kit
from clevenio.web.rendering import render
from clevenio.web.request import db, now, settings

bp = StaffBlueprint("audiences", Role.MARKETER, url_prefix="/audiences")
explanations = StaffBlueprint(
    "audience_explanations", Role.MARKETER, Role.PRIVACY_OFFICER, url_prefix="/audience-explanations"
)


@bp.get("")
def audiences() -> str:
    found = platforms(settings().data)
    return render(
        "audiences/audiences.html",
        segments=[(each, in_words(expanded(db(), each.criteria))) for each in segments.saved(db())],
        platforms=found,
        names={each.id: str(each.facts.name) for each in found},
        waiting=queries.waiting(db(), found),
        exports=queries.latest_exports(db()),
        form=SignedInForm(),
        new_link=new_link,
        say=say,
        now=now(),
    )


@bp.post("/exports")
@recently_confirmed
def create_export() -> ResponseReturnValue:
    if (before := made_before("audiences_staff.download")) is not None:
        return before
    choice = queries.segment(db(), request.form.get("segment", ""), now())
    chosen = _platform(request.form.get("platform", ""))
    is_added_only = request.form.get("people") == "added"
    with no_exact_refusal():
        made = order(db(), settings(), chosen, choice, actor=actor(), now=now(), is_added_only=is_added_only)
    return _download(made)


@bp.post("/removals")
@recently_confirmed
def create_removal() -> ResponseReturnValue:
    if (before := made_before("audiences_staff.download")) is not None:
        return before
    chosen = _platform(request.form.get("platform", ""))
    return _download(order_removal(db(), chosen, actor=actor(), now=now()))


@bp.get("/downloads/<token>")
@recently_confirmed
def download(token: str) -> Response:
    return fetched(token)


def fetched(token: str) -> Response:
    """Use a link up and answer with its file, streamed. Raises `BadToken` and `Refused`."""
    if request.method == "HEAD":
        # Looking at a link must not use it up.
        abort(405)
    session = db(write=True)
    export = downloads.take(session, settings().secret_keys, token, current_staff().id, now())
    session.commit()
    chosen = platform(export.platform, settings().data)
    opened = handout(kit().database, settings(), chosen, export.id, now=now())
    with no_exact_refusal():
        return streamed(opened, _file_name(export))


@explanations.get("")
def explain_person() -> str:
    return _explanation(ExplainForm())


@explanations.post("")
def show_explanation() -> ResponseReturnValue:
    form = ExplainForm()
    if not form.validate_on_submit():
        return _explanation(form), 422
    person = operations.look_up(
        db(),
        settings().suppression_key,
        address(form.email.data or ""),
        actor(),
        now(),
        sees_restricted=bool(current_staff().roles & {Role.PRIVACY_OFFICER, Role.ADMINISTRATOR}),
    )
    db().commit()
    if person is None:
        form.email.errors = [say(Missing("Nobody here has this address."))]
        return _explanation(form), 422
    return _explanation(form, explain(db(), person, settings().data))


def _explanation(form: ExplainForm, answers: Sequence[Answer] = ()) -> str:
    return render(
        "audiences/explain.html",
        form=form,
        answers=answers,
        sentence=sentence,
        missing=sentence_of_missing,
        states=STATES,
        doors=DOORS,
        how_shown=how_shown,
        now=now(),
    )


def _platform(name: str) -> Any:
    known = {each.id: each for each in platforms(settings().data)}
    return known.get(name) or abort(404)


def new_link() -> str:
    """What a form that orders a file carries, so that sent again it makes no second one."""
    return downloads.blank(settings().secret_keys)


def link_to(export: Export) -> str:
    """The token of a link to a file that was just ordered, committed with it."""
    token = downloads.make(
        db(), settings().secret_keys, export, current_staff().id, now(), request.form.get("link")
    )
    db().commit()
    return token


def made_before(endpoint: str) -> ResponseReturnValue | None:
    """None where a form orders its first file; else the way to the one it made: `endpoint` while its link waits."""
    session, keys, token = db(), settings().secret_keys, request.form.get("link")
    if not token:
        return None
    # Of two presses at one moment the second waits here for the first one's file.
    once.first_time(session, keys[0], "audience file", {"link": token}, now())
    link = downloads.find(session, keys, token, current_staff().id)
    if link is None:
        return None
    if link.used_at is None and link.expires_at > now():
        return redirect(url_for(endpoint, token=token), 303)
    return _to_the_file(link)


def used_up(token: str) -> ResponseReturnValue | None:
    """None while a link waits to be used; the way to its file once it was. Raises `BadToken`."""
    link = downloads.find(db(), settings().secret_keys, token, current_staff().id)
    if link is None or (link.used_at is None and link.expires_at <= now()):
        raise BadToken
    return None if link.used_at is None else _to_the_file(link)


def _to_the_file(link: Download) -> ResponseReturnValue:
    return redirect(url_for("audience_files_staff.one", number=link.export_id, again="1"), 303)


def _download(export: Export) -> ResponseReturnValue:
    return redirect(url_for("audiences_staff.download", token=link_to(export)), 303)


def _file_name(export: Export) -> str:
    kind = "removals" if export.kind == Kind.REMOVAL.value else "audience"
    return f"{kind}-{export.platform}-{export.created_at:%Y-%m-%d}-{export.id}"
