"""Writing a campaign, and seeing it as its readers will."""

import secrets
from uuid import UUID

from flask import Response, abort, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.backoffice.campaigns import listing
from clevenio.backoffice.campaigns.forms import SHOWN, TextForm
from clevenio.backoffice.campaigns.staff.room import bp, choices, criteria_of
from clevenio.backoffice.kept_mail import display
from clevenio.errors import BadInput, Problem, Refused
from clevenio.i18n import LANGUAGES
from clevenio.newsletter import drafts, schedule
from clevenio.newsletter.markdown import LONGEST_TEXT
from clevenio.newsletter.previews import HIGHEST, heights, preview
from clevenio.registry import load
from clevenio.web.access import actor
from clevenio.web.errors import say
from clevenio.web.forms import SignedInForm
from clevenio.web.headers import framed, framing
from clevenio.web.rendering import render
from clevenio.web.request import db, now, page_number, settings


@bp.get("")
def campaigns() -> str:
    found = listing.page(db(), settings(), page_number())
    return render("backoffice/campaigns/campaigns.html", found=found, beginning=schedule.said)


@bp.get("/new")
def new_campaign() -> Response:
    return _editor(TextForm(choices()))


@bp.post("")
def create_campaign() -> ResponseReturnValue:
    form = TextForm(choices())
    if not form.validate_on_submit():
        return _editor(form), 422
    draft = form.draft(criteria_of(form.segment.data))
    made = drafts.create(db(), draft, actor(), now(), form.proposed_id())
    db().commit()
    return redirect(url_for("campaigns_staff.text", campaign_id=made.id), 303)


@bp.get("/<uuid:campaign_id>/text")
def text(campaign_id: UUID) -> Response:
    found = drafts.find(db(), campaign_id)
    return _editor(TextForm(choices(), drafts.read(db(), found)), campaign_id)


@bp.post("/<uuid:campaign_id>/text")
def save_text(campaign_id: UUID) -> ResponseReturnValue:
    form = TextForm(choices())
    if not form.validate_on_submit():
        return _editor(form, campaign_id), 422
    draft = form.draft(criteria_of(form.segment.data))
    try:
        drafts.save(db(), campaign_id, draft, form.seen.data or "", actor(), now())
    except Refused as problem:
        form.form_errors.append(say(problem))
        return _editor(form, campaign_id, is_outdated=True), 422
    db().commit()
    return redirect(url_for("campaigns_staff.text", campaign_id=campaign_id), 303)


@bp.post("/<uuid:campaign_id>/discard")
def discard(campaign_id: UUID) -> ResponseReturnValue:
    drafts.discard(db(), campaign_id, actor(), now())
    db().commit()
    return redirect(url_for("campaigns_staff.campaigns"), 303)


@bp.post("/preview/<written>/<shown>")
def typed_preview(written: str, shown: str) -> Response:
    """What is typed, saved or not, in a frame: of the page's button, or fetched as somebody types."""
    subject, body = (request.form.get(f"{name}_{written}", "") for name in ("subject", "text"))
    return _framed(request.form.get("topic", ""), subject, body, written, shown)


@bp.get("/<uuid:campaign_id>/preview")
def previews(campaign_id: UUID) -> Response:
    found = drafts.find(db(), campaign_id)
    draft = drafts.read(db(), found)
    page = render(
        "backoffice/campaigns/previews.html",
        campaign=found,
        draft=draft,
        subjects=draft.subjects(settings()),
        heights={language: heights(body) for language, (_subject, body) in draft.texts.items()},
        highest=HIGHEST,
    )
    return framing(make_response(page))


@bp.get("/<uuid:campaign_id>/preview/<written>/<shown>")
def saved_preview(campaign_id: UUID, written: str, shown: str) -> Response:
    draft = drafts.read(db(), drafts.find(db(), campaign_id))
    return _framed(draft.topic, *draft.texts.get(written, ("", "")), written, shown)


def _framed(topic: str, subject: str, body: str, written: str, shown: str) -> Response:
    """One language in one look, as a document in which nothing runs."""
    if written not in LANGUAGES or shown not in SHOWN or topic not in load().topics:
        abort(404)
    try:
        made = preview(settings(), topic, written, drafts.subject(subject), drafts.text(body), now())
    except BadInput as problem:
        return framed(make_response(_part(written, problem=problem), 422))
    if shown == "text":
        return framed(make_response(_part(written, text=made.text)))
    drawn = display(made.look(shown))
    response = framed(make_response(drawn.html))
    # The page around it asks how high it is; nothing runs in it all the same.
    policy = f"{drawn.policy} allow-same-origin; frame-ancestors 'self'"
    response.headers["Content-Security-Policy"] = policy
    return response


def _part(written: str, text: str = "", problem: Problem | None = None) -> str:
    said = say(problem) if problem else ""
    return render("backoffice/campaigns/part.html", written=written, text=text, problem=said)


def _editor(form: TextForm, campaign_id: UUID | None = None, is_outdated: bool = False) -> Response:
    """The page to write on. What a script fetches into its frame may bring style elements with this page's word."""
    word = secrets.token_urlsafe(16)
    found = drafts.find(db(), campaign_id) if campaign_id else None
    page = render(
        "backoffice/campaigns/text.html",
        form=form,
        campaign=found,
        is_outdated=is_outdated,
        word=word,
        longest=LONGEST_TEXT,
        token=SignedInForm(),
    )
    return framing(make_response(page), styles=word)
