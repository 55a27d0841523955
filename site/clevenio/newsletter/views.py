"""The subscription page, and the pages behind the links that confirm and unsubscribe."""

from base64 import b64decode
from typing import Any

from flask import Response, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from clevenio.consent.notices import withdrawal_notice, wording_of
from clevenio.i18n import current_language
from clevenio.i18n import gettext as _
from clevenio.newsletter import departures, openings, operations
from clevenio.newsletter.departures import Standing, undo_notice
from clevenio.newsletter.forms import NewsletterForm
from clevenio.people.addresses import masked
from clevenio.registry import load
from clevenio.web import cross_site, mailed
from clevenio.web.blueprints import Localized, SiteBlueprint
from clevenio.web.languages import speak
from clevenio.web.network import has_room
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, settings

NEWSLETTER = Localized(fi="/uutiskirje", en="/newsletter")
CHECK_YOUR_MAIL = Localized(fi="/uutiskirje/katso-postisi", en="/newsletter/check-your-mail")

# One transparent point.
PIXEL = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")

# The parameter of the addresses behind a mailed link that says what was done just before, and one of its values.
SAID = "said"
CONFIRMED = "confirmed"

bp = SiteBlueprint("newsletter")
mailed.keep(bp)


mailed.tell_language(
    bp,
    {
        "unsubscription": lambda token: departures.look(db(), settings().mail_keys, token, now()).language,
        "confirmation": lambda token: operations.requested(db(), settings(), token, now()).language,
    },
)


@bp.record_once
def _take_posts_from_mail_clients(_state: BlueprintSetupState) -> None:
    cross_site.exempt("newsletter.unsubscribe", _withdraws)


@bp.public(NEWSLETTER, is_measured=False)
def newsletter() -> str:
    return _form(NewsletterForm(None))


@bp.post(NEWSLETTER)
def subscribe() -> ResponseReturnValue:
    form = NewsletterForm()
    if not form.validate():
        return _form(form), form.status
    session = db()
    if not has_room("subscription"):
        form.form_errors.append(_("Too many subscriptions come from your network. Try again in an hour."))
        return _form(form), 429
    operations.ask(session, settings(), form.address(), form.topics(), current_language(), now())
    session.commit()
    nudge()
    return redirect(url_for("newsletter.check_your_mail"), 303)


@bp.get(CHECK_YOUR_MAIL)
def check_your_mail() -> str:
    return render("newsletter/check_your_mail.html")


@bp.get("/c/<token>")
def confirmation(token: str) -> str:
    asked = operations.requested(db(), settings(), token, now())
    return _confirmation(asked, is_just_done=asked.is_confirmed and request.args.get(SAID) == CONFIRMED)


@bp.post("/c/<token>")
def confirm(token: str) -> ResponseReturnValue:
    session = db()
    asked = operations.confirm(session, settings(), token, now())
    session.commit()
    if mailed.is_navigated():
        values: dict[str, Any] = {SAID: None if asked.is_confirmed else CONFIRMED}
        return redirect(url_for("newsletter.confirmation", token=token, **values), 303)
    return _confirmation(asked, is_just_done=not asked.is_confirmed)


@bp.get("/u/<token>")
def unsubscription(token: str) -> str:
    standing = departures.look(db(), settings().mail_keys, token, now())
    departure, said = standing.departure, request.args.get(SAID)
    return _departure(
        standing,
        undone=said == "undo" and departure is not None and departure.undone_at is not None,
        thanked=said == "reason" and departure is not None and departure.reason is not None,
    )


@bp.post("/u/<token>")
def unsubscribe(token: str) -> ResponseReturnValue:
    """Act for the page's buttons, which lead on to the page as it stands then, and for a mail client's post.

    That one is never redirected (RFC 8058), nor is a browser that does not say where it comes from.
    """
    session, keys, form, language = db(), settings().mail_keys, request.form, mailed.asked_language()
    reason = form.get("reason", "").strip()
    if _undoes():
        standing = departures.undo(session, keys, token, now(), language)
    else:
        standing = departures.look(session, keys, token, now())
        some = form.get("scope") == "chosen"
        chosen = [purpose for purpose in standing.granted if some and purpose in form.getlist("stop")]
        if some and not chosen and standing.granted:
            return _departure(standing, nothing_chosen=True), 422
        if _withdraws() or standing.departure is None:
            everything, one_click = form.get("scope") == "all", "scope" not in form
            standing = departures.leave(
                session,
                keys,
                token,
                everything=everything,
                one_click=one_click,
                now=now(),
                chosen=chosen,
                language=language,
            )
        # A withdrawal is taken from anywhere; words are put into somebody's mouth from our page alone.
        if reason and cross_site.is_same_site():
            standing = departures.give_reason(session, keys, token, reason, now())
    session.commit()
    if mailed.is_navigated():
        done: dict[str, Any] = {SAID: "undo" if _undoes() else "reason" if reason else None}
        return redirect(url_for("newsletter.unsubscription", token=token, **done), 303)
    return _departure(standing, undone=_undoes(), thanked=bool(reason))


@bp.get("/o/<token>")
def opening(token: str) -> Response:
    """The image in a mail of somebody who lets us see that they open it. Looking without fetching is no opening."""
    openings.record(db(write=True), settings().mail_keys, token, now())
    if request.method == "GET":
        db().commit()
    # Mail is read on pages of others.
    return Response(PIXEL, mimetype="image/gif", headers={"Cross-Origin-Resource-Policy": "cross-origin"})


def _undoes() -> bool:
    return request.form.get("undo") == "1"


def _withdraws() -> bool:
    """Whether this post says to leave, or says nothing at all, which means the same."""
    form = request.form
    names_it = "scope" in form or "List-Unsubscribe" in form
    return not _undoes() and (names_it or not form.get("reason", "").strip())


def _form(form: NewsletterForm) -> str:
    language = current_language()
    wordings = {topic: wording_of(load(), topic, language) for topic in load().topics}
    return render("newsletter/newsletter.html", form=form, wordings=wordings)


def _confirmation(asked: operations.Request, *, is_just_done: bool = False) -> str:
    """The button; or, once it was pressed, what came of it as it stands now."""
    speak(asked.language)
    template = "confirmed" if asked.is_confirmed or is_just_done else "confirmation"
    address = masked(asked.address.email) if asked.address else None
    return render(
        f"newsletter/{template}.html",
        asked=asked,
        address=address,
        is_just_done=is_just_done and not asked.ended,
    )


def _departure(
    standing: Standing, *, undone: bool = False, thanked: bool = False, nothing_chosen: bool = False
) -> str:
    if standing.person is None:
        return render("newsletter/erased.html")
    speak(standing.person.language)
    language = current_language()
    template = "unsubscription" if standing.gets_topic else "unsubscribed"
    return render(
        f"newsletter/{template}.html",
        standing=standing,
        address=masked(standing.person.email),
        consequence=withdrawal_notice(language).content,
        undo=undo_notice(standing.returnable, language).content,
        undone=undone,
        thanked=thanked,
        nothing_chosen=nothing_chosen,
        problem=nothing_chosen,
    )
