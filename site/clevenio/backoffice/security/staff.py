"""A member's own security page: factors, recovery codes, sessions, password."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.accounts import guessing, members, passwords, sessions
from clevenio.accounts.factors import passkeys, recovery, totp
from clevenio.accounts.passwords import SHORTEST_FOR_STAFF
from clevenio.accounts.sessions import Kind
from clevenio.backoffice import operations as backoffice
from clevenio.backoffice.security import operations
from clevenio.backoffice.security.forms import PasswordForm
from clevenio.backoffice.setup.views import codes_page
from clevenio.errors import BadInput, Missing, Refused
from clevenio.i18n import gettext as _
from clevenio.people.staff_members import StaffMember
from clevenio.web.access import current_staff, recently_confirmed
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.errors import say
from clevenio.web.forms import SignedInForm
from clevenio.web.network import client_network
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, settings
from clevenio.web.said import tell, told

bp = StaffBlueprint("security", url_prefix="/security")


@bp.get("")
def overview() -> str:
    return _overview()


def _overview(problem: Refused | None = None) -> str:
    member = _member()
    return render(
        "backoffice/security/overview.html",
        member=member,
        app=totp.of(db(), member.id),
        passkeys=passkeys.of(db(), member.id),
        codes_left=recovery.left(db(), member.id),
        sessions=sessions.of(db(), Kind.STAFF, member.id, now()),
        this_session=sessions.hash_of(members.this_session()),
        saved=told(),
        problem=say(problem) if problem else None,
        form=SignedInForm(),
    )


@bp.post("/app/removal")
@recently_confirmed
def remove_app() -> ResponseReturnValue:
    try:
        operations.remove_app(db(), settings(), _member(), members.this_session(), now())
    except Refused as problem:
        return _refused(problem)
    return _saved("removed")


@bp.post("/passkeys/<uuid:key>/removal")
@recently_confirmed
def remove_passkey(key: UUID) -> ResponseReturnValue:
    try:
        operations.remove_passkey(db(), settings(), _member(), key, members.this_session(), now())
    except Refused as problem:
        return _refused(problem)
    return _saved("removed")


@bp.post("/recovery-codes")
@recently_confirmed
def renew_codes() -> ResponseReturnValue:
    codes = operations.renew_codes(db(), settings(), _member(), members.this_session(), now())
    db().commit()
    nudge()
    return codes_page(codes, url_for("security_staff.overview"))


@bp.post("/recovery-codes/file")
def codes_file() -> ResponseReturnValue:
    """The codes that were just shown, as a file; nothing comes back but codes of this member."""
    codes = request.form.getlist("recovery")[: recovery.COUNT]
    if not recovery.are_of(db(), current_staff().id, codes):
        raise Missing("These codes are not yours, or they have been replaced or used.")
    text = "\n".join([_("Recovery codes for %(name)s", name=settings().controller_name), "", *codes, ""])
    disposition = {"Content-Disposition": 'attachment; filename="recovery-codes.txt"'}
    return Response(text, mimetype="text/plain", headers=disposition)


@bp.post("/sessions/<handle>/end")
def end_session(handle: str) -> ResponseReturnValue:
    sessions.end_of(db(), Kind.STAFF, current_staff().id, handle, now())
    return _saved("session")


@bp.post("/sessions/end")
def end_sessions() -> ResponseReturnValue:
    """Every session but the one at hand."""
    sessions.end_all(db(), Kind.STAFF, current_staff().id, now(), but=members.this_session())
    return _saved("sessions")


@bp.get("/password")
def password() -> str:
    return _password_page(PasswordForm(None))


@bp.post("/password")
def change_password() -> ResponseReturnValue:
    """A new one that will not do costs no try: only the current one can be guessed."""
    form, member = PasswordForm(), _member()
    compared, new = member.password, form.password.data or ""
    try:
        passwords.check(new, member.email, shortest=SHORTEST_FOR_STAFF)
        if passwords.are_same(new, form.current_password.data or ""):
            raise BadInput("The new password is the same as the present one. Choose another.")
    except BadInput as problem:
        form.password.errors = [say(problem)]
        return _password_page(form), 422
    status = _disproved(form, member)
    if status != 200:
        return _password_page(form), status
    kept = passwords.hashed(new)
    try:
        operations.change_password(db(), settings(), member, compared, kept, members.this_session(), now())
    except BadInput as problem:
        form.current_password.errors = [say(problem)]
        return _password_page(form), 422
    members.know_browser(backoffice.owner(db(), member.id))
    return _saved("password")


def _disproved(form: PasswordForm, member: StaffMember) -> int:
    """200 where the form holds the current password; else the status to answer, and the form says why.

    Leaves no transaction open, and so none while it compares, which takes its time on purpose.
    """
    session, network, key = db(), client_network(), settings().secret_keys[0]
    browser = members.known_browser(backoffice.owner(session, member.id))
    tried = guessing.Try(guessing.STAFF, key, member.address_key, network, now(), browser)
    if not tried.begin(session):
        form.form_errors.append(_("There were too many tries. Wait a quarter of an hour, then try again."))
        return 429
    session.commit()
    if not passwords.matches(member.password, form.current_password.data or ""):
        operations.refuse_password(session, settings(), member.id, network, now())
        session.commit()
        form.current_password.errors = [say(operations.NotCurrentError())]
        return 422
    tried.succeed(session)
    session.commit()
    return 200


def _password_page(form: PasswordForm) -> str:
    return render("backoffice/security/password.html", form=form, shortest=SHORTEST_FOR_STAFF)


def _saved(what: str) -> ResponseReturnValue:
    db().commit()
    nudge()
    tell(what)
    return redirect(url_for("security_staff.overview"), 303)


def _refused(problem: Refused) -> ResponseReturnValue:
    db().rollback()
    return _overview(problem), 422


def _member() -> StaffMember:
    return db().get_one(StaffMember, current_staff().id)
