"""How one gets into the account: the page, and the logins that are open."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.accounts import address_changes, sessions
from clevenio.accounts.members import sign_out, this_session
from clevenio.accounts.sessions import ABSOLUTE, IDLE, Kind
from clevenio.accounts.views.blueprint import bp, own_page, signed_in_always
from clevenio.web.access import current_account
from clevenio.web.blueprints import Localized
from clevenio.web.request import db, now
from clevenio.web.said import tell, told

SECURITY = Localized(fi="/tili/kirjautuminen", en="/account/security")
SESSIONS = Localized(fi="/tili/istunnot", en="/account/sessions")


@bp.get(SECURITY)
@signed_in_always
def security() -> str:
    return own_page(
        "accounts/security.html",
        change=address_changes.waiting(db(), current_account().id, now()),
        logins=sessions.of(db(), Kind.ACCOUNT, current_account().id, now()),
        this=sessions.hash_of(this_session()),
        idle=IDLE[Kind.ACCOUNT],
        absolute=ABSOLUTE[Kind.ACCOUNT],
        saved=told(),
    )


@bp.get(SESSIONS)
@signed_in_always
def logins() -> ResponseReturnValue:
    """Where a form posts to; a reload of its answer, or the other language, leads back to the page."""
    return redirect(url_for("accounts.security"), 303)


@bp.post(SESSIONS)
@signed_in_always
def end_logins() -> ResponseReturnValue:
    """End one of one's own logins, or all but this; whatever else is named is nobody's here."""
    session, member, this = db(), current_account().id, this_session()
    named = request.form.get("session", "")
    if named == sessions.hash_of(this):
        sign_out()
        session.commit()
        return redirect(url_for("pages.home"), 303)
    if named == "others":
        sessions.end_all(session, Kind.ACCOUNT, member, now(), but=this)
    else:
        sessions.end_of(session, Kind.ACCOUNT, member, named, now())
    session.commit()
    tell("sessions")
    return redirect(url_for("accounts.security"), 303)
