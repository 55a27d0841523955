"""The doors of the back office, and its front page."""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.accounts import guessing, members, passwords
from clevenio.accounts.devices import Owner
from clevenio.accounts.passwords import SHORTEST_FOR_STAFF
from clevenio.accounts.sessions import Kind
from clevenio.audiences.platforms import names as platform_names
from clevenio.audiences.uploads import queries as uploads
from clevenio.backoffice import operations, queries
from clevenio.backoffice.factor.views import question_with, wanted
from clevenio.backoffice.forms import FirstInvitationForm, InvitationForm, LoginForm
from clevenio.backoffice.handover.views import login_page
from clevenio.backoffice.waiting import waiting, watched
from clevenio.errors import BadInput
from clevenio.i18n import current_language
from clevenio.i18n import gettext as _
from clevenio.people import identifiers
from clevenio.people.staff_access import names_of
from clevenio.people.staff_members import Role
from clevenio.web.access import arrival_gate, current_staff, staff_gate
from clevenio.web.errors import say
from clevenio.web.headers import no_store
from clevenio.web.network import client_network
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, settings

bp = Blueprint("backoffice", __name__, url_prefix="/staff")
bp.after_request(no_store)
# What somebody who is not signed in may open; everything else here is for staff of any role.
DOORS = frozenset(f"backoffice.{name}" for name in ("login", "log_in", "invitation", "accept_invitation"))
_gate = staff_gate()


@bp.before_request
def gate() -> Any:
    if request.endpoint in DOORS:
        return None
    if request.endpoint == "backoffice.log_out":
        # As for customers: a page left open must log out, so no form token is asked for.
        return arrival_gate()
    return _gate()


@bp.get("/")
def home() -> str:
    roles = current_staff().roles
    left = uploads.newest_left(db(), now()) if roles & {Role.PRIVACY_OFFICER, Role.ADMINISTRATOR} else []
    return render(
        "backoffice/home.html",
        left=left,
        people=names_of(db(), [export.actor for export in left]),
        names=platform_names(),
        waiting=waiting(db(), settings(), roles, now()),
        watched=watched(roles),
        figures=queries.figures(db(), roles, now()),
        now=now(),
    )


@bp.get("/login")
def login() -> str:
    return login_page(LoginForm(None))


@bp.post("/login")
def log_in() -> ResponseReturnValue:
    form = LoginForm()
    if not form.validate():
        return login_page(form), 422
    session, whose = db(), guessing.whose(form.email.data or "")
    member, kept = operations.credentials(session, whose)
    browser = members.known_browser(Owner(Kind.STAFF, member, kept))
    key, network = settings().secret_keys[0], client_network()
    tried = guessing.Try(guessing.STAFF, key, whose, network, now(), browser)
    if not tried.begin(session):
        form.form_errors.append(
            _("There were too many tries. Wait a quarter of an hour, or choose a new password by mail.")
        )
        return login_page(form), 429
    # Ends the transaction: comparing takes its time on purpose, and nobody waits for it meanwhile.
    session.commit()
    typed = form.password.data or ""
    found = None
    if passwords.matches(kept, typed) and member is not None and kept is not None:
        renewed = passwords.renewed(kept, typed)
        found = operations.let_in(session, settings(), member, kept, renewed, now())
    if found is None:
        operations.refuse(session, settings(), member, network, now())
        session.commit()
        form.password.errors = [_("The address or the password is wrong.")]
        return login_page(form), 422
    tried.succeed(session)
    members.sign_in(found)
    session.commit()
    return question_with(form) or redirect(url_for("second_factor.question", next=wanted()), 303)


@bp.post("/logout")
def log_out() -> ResponseReturnValue:
    members.sign_out()
    db().commit()
    return redirect(url_for("backoffice.login"), 303)


@bp.get("/invitation/<token>")
def invitation(token: str) -> str:
    _link, member = operations.invitation(db(), settings(), token, now())
    form = InvitationForm(None) if member else FirstInvitationForm(None)
    return _show_invitation(form, member.email if member else None)


@bp.post("/invitation/<token>")
def accept_invitation(token: str) -> ResponseReturnValue:
    _link, member = operations.invitation(db(), settings(), token, now())
    form = InvitationForm() if member else FirstInvitationForm()
    email = member.email if member else None
    if not form.validate():
        return _show_invitation(form, email), 422
    first = None if member else identifiers.address(form.email.data or "")
    # Ends the transaction, and forgets what it read: hashing takes its time on purpose, and nobody waits.
    db().rollback()
    try:
        password = operations.kept_password(form.password.data or "", first.email if first else email or "")
    except BadInput as problem:
        form.password.errors = [say(problem)]
        return _show_invitation(form, email), 422
    found = operations.accept(db(), settings(), token, password, current_language(), now(), first)
    members.sign_in(found)
    db().commit()
    nudge()
    return redirect(url_for("second_factor.question"), 303)


def _show_invitation(form: InvitationForm, email: str | None) -> str:
    return render("backoffice/invitation.html", form=form, email=email, shortest=SHORTEST_FOR_STAFF)
