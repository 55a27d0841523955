"""Asking for the link to one's own choices, the page it opens, and what that page does.

The page has no session: each of its forms carries the secret that was on the page whose button opened it (see
`operations`). After an act a browser is led to the address of that page, which holds the secret too, so that Back
and Reload send nothing again. There only a browser that comes from a page of ours sees it at once; whoever looks
from elsewhere sees a button. A browser that does not say where it comes from is answered without a redirect.
"""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.accounts import history
from clevenio.accounts.operations import boxes, choose
from clevenio.consent import ledger
from clevenio.consent.notices import mailed_choices_notice, withdrawal_notice
from clevenio.consent.readable import acts
from clevenio.errors import BadInput
from clevenio.i18n import current_language
from clevenio.i18n import gettext as _
from clevenio.people.addresses import masked
from clevenio.people.roles import LABELS
from clevenio.registry import load
from clevenio.rights import subjects
from clevenio.rights.access import operations as access
from clevenio.rights.access.views import download
from clevenio.rights.choices import moving, operations
from clevenio.rights.choices.forms import BoxesForm, LanguageForm, LinkForm, MoveForm
from clevenio.rights.choices.moving import Move
from clevenio.rights.choices.operations import ClosedPageError, MovedPageError, Opened, UsedLinkError
from clevenio.rights.models import Kind
from clevenio.rights.recipients import queries as recipients
from clevenio.rights.recipients.words import lines
from clevenio.signing import new_handle
from clevenio.web import mailed
from clevenio.web.blueprints import Localized, SiteBlueprint
from clevenio.web.errors import say
from clevenio.web.languages import speak
from clevenio.web.network import has_room
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, settings

LINK = Localized(fi="/valinnat/linkki", en="/choices/link")
SENT = Localized(fi="/valinnat/linkki/lahetetty", en="/choices/link/sent")
CLOSED = Localized(fi="/valinnat/linkki/suljettu", en="/choices/link/closed")
OWN = Localized(fi="/omat-valinnat/<token>", en="/my-choices/<token>")
BOXES = Localized(fi="/omat-valinnat/<token>/luvat", en="/my-choices/<token>/permissions")
LANGUAGE = Localized(fi="/omat-valinnat/<token>/kieli", en="/my-choices/<token>/language")
ADDRESS = Localized(fi="/omat-valinnat/<token>/osoite", en="/my-choices/<token>/address")
LEAVING = Localized(fi="/omat-valinnat/<token>/lahto", en="/my-choices/<token>/leaving")
CLOSING = Localized(fi="/omat-valinnat/<token>/sulkeminen", en="/my-choices/<token>/closing")
COPY = Localized(fi="/omat-valinnat/<token>/kopio", en="/my-choices/<token>/copy")

# The parameters of the address of the page that was opened: its secret, what was done just before, and the newest
# decision at that time.
PAGE = "page"
SAID = "said"
SINCE = "since"
# Words for what was done.
CHOSEN = "choices"
SWITCHED = "switch"

bp = SiteBlueprint("my_choices")
mailed.keep(bp)


@bp.public(LINK, is_measured=False)
def link() -> str:
    return render("rights/choices/link.html", form=LinkForm(None))


@bp.post(LINK)
def ask() -> ResponseReturnValue:
    """One answer, whatever there is at the address."""
    form = LinkForm()
    if not form.validate():
        return render("rights/choices/link.html", form=form), form.status
    if not has_room("choices link"):
        form.form_errors.append(_("Too many e-mails were asked for from your network. Try again in an hour."))
        return render("rights/choices/link.html", form=form), 429
    operations.ask(db(), settings(), form.address(), current_language(), now())
    db().commit()
    nudge()
    return redirect(url_for("my_choices.sent"), 303)


@bp.get(SENT)
def sent() -> str:
    return render("rights/choices/sent.html")


@bp.get(CLOSED)
def closed() -> str:
    return render("rights/choices/closed.html")


@bp.errorhandler(UsedLinkError)
def used(_problem: UsedLinkError) -> ResponseReturnValue:
    return render("rights/choices/used.html", canonical=None), 410


@bp.errorhandler(ClosedPageError)
def closed_since(_problem: ClosedPageError) -> ResponseReturnValue:
    """By a doubled press, or looked at again."""
    return _closed()


@bp.errorhandler(MovedPageError)
def moved_since(_problem: MovedPageError) -> ResponseReturnValue:
    """To the page that was open alone; the switch of language takes its secret along, so that it stays so.

    A browser is led to the page, as after any act, so that Back and Reload send nothing again.
    """
    secret = request.form.get("secret") or request.args.get(PAGE, "")
    if request.method == "POST" and mailed.is_navigated():
        values: dict[str, Any] = {PAGE: secret}
        return redirect(
            url_for("my_choices.opening", token=(request.view_args or {})["token"], **values), 303
        )
    page = render(
        "rights/choices/moved.html", secret=secret, switching="my_choices.open_choices", canonical=None
    )
    return page, 410


@bp.get(OWN)
def opening(token: str) -> str:
    """Nothing but a button, which this page alone can press on with; or what was opened by it."""
    found = operations.look(db(), settings(), token, now(), request.args.get(PAGE, ""))
    if found.is_open and mailed.is_navigated() and request.args.get(SAID) != SWITCHED:
        return _page(found, form=_carried(found))
    secret = found.secret if found.is_open else new_handle()
    return render(
        "rights/choices/opening.html",
        address=masked(found.person.email),
        secret=secret,
        # A link would lose the secret of a page that was opened, or hold it.
        switching="my_choices.open_choices" if found.is_open else None,
    )


@bp.post(OWN)
def open_choices(token: str) -> ResponseReturnValue:
    """The first press; and the switch of language, which takes along what was ticked and not saved.

    Where nothing but the button is shown, the switch leads to the button and opens nothing.
    """
    form = BoxesForm()
    if "switch" in request.form and not form.notice.data:
        secret = operations.look(db(), settings(), token, now(), request.form.get("secret", "")).secret
        values: dict[str, Any] = {PAGE: secret, SAID: SWITCHED}
        return redirect(url_for("my_choices.opening", token=token, **values), 303)
    opened = _enter(token)
    db().commit()
    return _done(opened, form=form if form.notice.data else None)


@bp.post(BOXES)
def save_choices(token: str) -> ResponseReturnValue:
    opened, form, language = _enter(token), BoxesForm(), current_language()
    notice = mailed_choices_notice(language)
    if not form.was_shown(notice.id):
        return _page(opened, form=form), 422
    choose(
        db(),
        opened.person,
        form.ticked(),
        form.shown(),
        channel=ledger.Channel.MAILED_LINK,
        notice=notice,
        language=language,
        now=now(),
        evidence=opened.evidence,
    )
    db().commit()
    return _done(opened, saved=CHOSEN)


@bp.post(LANGUAGE)
def save_language(token: str) -> ResponseReturnValue:
    opened, form = _enter(token), LanguageForm()
    if not form.validate():
        return _page(opened, language_form=form), 422
    operations.choose_language(opened, form.tongue.data)
    db().commit()
    return _done(opened, saved="language")


@bp.post(ADDRESS)
def ask_move(token: str) -> ResponseReturnValue:
    """One answer, whoever has the new address."""
    opened, form = _enter(token), MoveForm()
    if not form.validate():
        return _page(opened, move=form), 422
    try:
        moving.ask(db(), settings(), opened.person, form.address(), now())
    except BadInput as problem:
        form.email.errors = [say(problem)]
        return _page(opened, move=form), 422
    db().commit()
    nudge()
    return _done(opened, saved="address")


@bp.post(LEAVING)
def leave(token: str) -> ResponseReturnValue:
    opened = _enter(token)
    operations.leave(db(), opened, now())
    db().commit()
    return _done(opened, saved="leaving")


@bp.post(CLOSING)
def close(token: str) -> ResponseReturnValue:
    operations.close(_enter(token))
    db().commit()
    return _closed()


@bp.post(COPY)
def copy(token: str) -> ResponseReturnValue:
    """Everything we hold, at once: whoever was let in here has shown what a request for it would ask.

    An account asks for more than the mailbox, so its copy is made there.
    """
    opened = _enter(token)
    if moving.has_account(db(), opened.person):
        return redirect(url_for("own_copy.copy"), 303)
    subject = subjects.of_person(db(), settings(), opened.person)
    file = access.hand_over(db(), settings(), subject, Kind.ACCESS, current_language(), now())
    access.log(db(), settings(), file, "choices", now())
    response = download(file)
    db().commit()
    return response


@bp.get("/m/<token>")
def move(token: str) -> str:
    return _moved(moving.look(db(), settings(), token, now()))


@bp.post("/m/<token>")
def confirm_move(token: str) -> ResponseReturnValue:
    found = moving.confirm(db(), settings(), token, now())
    db().commit()
    nudge()
    if mailed.is_navigated():
        return redirect(url_for("my_choices.move", token=token), 303)
    return _moved(found)


def _moved(found: Move) -> str:
    speak(found.language)
    return render("rights/choices/move.html", found=found, address=masked(found.email))


def _closed() -> ResponseReturnValue:
    return redirect(url_for("my_choices.closed"), 303)


def _enter(token: str) -> Opened:
    # A program that looked at no page before has no secret, and gets one.
    return operations.enter(db(), settings(), token, request.form.get("secret", "") or new_handle(), now())


def _carried(opened: Opened) -> BoxesForm | None:
    """What was ticked and not saved in the other language; nothing once something else is in force."""
    form = BoxesForm(request.args)
    stand = boxes(db(), opened.person.id)
    stood = {*stand.ticked, *(["partly"] if stand.partly else [])}
    return form if form.notice.data and {*filter(None, form.stood.data or ())} == stood else None


def _done(opened: Opened, form: BoxesForm | None = None, saved: str | None = None) -> ResponseReturnValue:
    """Lead a browser to the page as it stands now; whoever does not say to be one gets it at once."""
    if not mailed.is_navigated():
        return _page(opened, form=form, saved=saved)
    ticks = {name: request.form.getlist(name) for name in form.data} if form else {}
    since = operations.newest_decision(db(), opened.person) if saved == CHOSEN else None
    values: dict[str, Any] = {**ticks, PAGE: opened.secret, SAID: saved, SINCE: since}
    return redirect(url_for("my_choices.opening", token=(request.view_args or {})["token"], **values), 303)


def _said(opened: Opened) -> str | None:
    """What was done just before, while it holds: a choice does until the next decision, wherever that is made."""
    said = request.args.get(SAID)
    if said == CHOSEN and request.args.get(SINCE) != str(operations.newest_decision(db(), opened.person)):
        return None
    return said


def _page(
    opened: Opened,
    form: BoxesForm | None = None,
    move: MoveForm | None = None,
    language_form: LanguageForm | None = None,
    saved: str | None = None,
) -> str:
    """Everything as it stands now. `form` holds boxes that were ticked and not saved, `saved` is what was done."""
    person, language = opened.person, current_language()
    boxes_form = form or BoxesForm(None)
    boxes_form.is_typed = True
    return render(
        "rights/choices/page.html",
        person=person,
        secret=opened.secret,
        token=(request.view_args or {})["token"],
        until=opened.link.expires_at,
        # The switch of language takes the page along as it was posted, because a look at the address shows nothing.
        switching="my_choices.open_choices",
        form=boxes_form,
        typed=form,
        move=move or MoveForm(None),
        language_form=language_form or LanguageForm(None, tongue=person.language),
        notice=mailed_choices_notice(language),
        consequence=withdrawal_notice(language).content,
        boxes=boxes(db(), person.id),
        gets_anything=operations.gets_anything(db(), person),
        has_account=moving.has_account(db(), person),
        history=acts(ledger.history(db(), person.id), load()),
        days=history.days(db(), person.id, 1),
        recipients=lines(recipients.of_subject(db(), person.id), now()),
        ROLES=LABELS,
        saved=saved or _said(opened),
    )
