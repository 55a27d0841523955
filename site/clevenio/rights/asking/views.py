"""The page of rights with its form, and the page behind the mailed link."""

from collections.abc import Sequence
from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio import content
from clevenio.i18n import current_language, format_duration
from clevenio.i18n import gettext as _
from clevenio.pages.views import RIGHTS
from clevenio.pages.views import bp as pages
from clevenio.registry import load
from clevenio.rights import joining
from clevenio.rights.asking import operations
from clevenio.rights.asking.forms import HINTS, NAMES, RightsForm
from clevenio.rights.asking.operations import Shown
from clevenio.web import mailed
from clevenio.web.blueprints import Localized, SiteBlueprint
from clevenio.web.languages import speak
from clevenio.web.network import has_room
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, settings
from clevenio.web.texts import filling

SENT = Localized(fi="/oikeudet/lahetetty", en="/rights/sent")

bp = SiteBlueprint("requests")
mailed.keep(bp)


# The page itself is one of the public pages, by whose name legal texts link to it.
@pages.public(RIGHTS, is_measured=False)
def rights() -> str:
    return _page(RightsForm(None))


@bp.post(RIGHTS)
def ask() -> ResponseReturnValue:
    form = RightsForm()
    if not form.validate():
        return _page(form), form.status
    # Refusing is never limited, so a crowded network still gets that.
    is_crowded = not has_room("rights request")
    left = operations.receive(db(), settings(), form.asked(), now(), is_crowded=is_crowded)
    db().commit()
    nudge()
    if left:
        form.kind.data = [kind.value for kind in left]
        form.form_errors.append(_("Too many requests come from your network just now. Try again in an hour."))
        return _page(form), 429
    return redirect(url_for("requests.sent"), 303)


@bp.get(SENT)
def sent() -> str:
    return render("rights/asking/sent.html")


@bp.get("/q/<token>")
def confirmation(token: str) -> str:
    return _behind_link(operations.look(db(), settings(), token, now()))


@bp.post("/q/<token>")
def confirm(token: str) -> ResponseReturnValue:
    shown, mine = _numbers("shown"), _numbers("mine")
    found = operations.confirm(db(), settings(), token, shown, mine, now())
    db().commit()
    nudge()
    if mailed.is_navigated():
        return redirect(url_for("requests.confirmation", token=token), 303)
    return _behind_link(found)


def _numbers(name: str) -> Sequence[UUID]:
    """The ids in a repeated field; whatever is none stands for nothing."""
    found = []
    for text in request.form.getlist(name):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _page(form: RightsForm) -> str:
    page, period = content.page("pages/rights", current_language(), filling()), load().periods["request"]
    kept = format_duration(period.number, period.unit)
    return render("rights/asking/page.html", page=page, form=form, hints=HINTS, kept=kept)


def _behind_link(shown: Shown) -> str:
    speak(shown.language)
    template = "confirmed" if shown.is_used else "confirmation"
    joined = joining.standing_of(db(), shown.requests)
    return render(f"rights/asking/{template}.html", shown=shown, names=NAMES, joined=joined)
