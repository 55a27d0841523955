"""Setting a second factor up. Whoever has none yet comes here from the password and gets nowhere else."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.accounts import members, sessions
from clevenio.accounts.factors import operations as factors
from clevenio.accounts.factors import passkeys, recovery, totp
from clevenio.accounts.factors.operations import Method
from clevenio.backoffice.factor import operations as factor
from clevenio.backoffice.factor.views import go_on, wanted
from clevenio.backoffice.security import operations
from clevenio.backoffice.setup.forms import AppForm, PasskeyForm
from clevenio.errors import BadInput, Refused
from clevenio.i18n import gettext as _
from clevenio.people.staff_members import StaffMember
from clevenio.web.access import arrival_gate, arriving_staff, csrf, lead_to_factor, recent_gate
from clevenio.web.errors import say
from clevenio.web.forms import SignedInForm
from clevenio.web.headers import no_store
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, settings
from clevenio.web.said import tell

bp = Blueprint("factor_setup", __name__, url_prefix="/staff")
bp.after_request(no_store)


@bp.before_request
def gate() -> Any:
    """Open to whoever has no factor yet; others prove one first, and that lately."""
    if (response := arrival_gate()) is not None:
        return response
    if arriving_staff().confirmed_at is None and factors.has_any(db(), arriving_staff().id):
        return lead_to_factor()
    csrf.protect()
    return recent_gate() if arriving_staff().confirmed_at is not None else None


@bp.get("/first-factor")
def choice() -> str:
    return render("backoffice/setup/choice.html", form=SignedInForm(), following=wanted())


@bp.get("/security/app")
def app() -> str:
    return _app_page(AppForm(None))


@bp.post("/security/app")
def confirm_app() -> ResponseReturnValue:
    form, session = AppForm(), db()
    try:
        operations.confirm_app(
            session, settings(), _member(), form.code.data or "", members.this_session(), now()
        )
    except BadInput as problem:
        form.code.errors = [say(problem)]
        return _app_page(form), 422
    return _done(Method.APP)


@bp.get("/security/passkeys")
def passkey() -> str:
    return _passkey_page(PasskeyForm(None))


@bp.post("/security/passkeys")
def add_passkey() -> ResponseReturnValue:
    form, session = PasskeyForm(), db()
    answer, name = (form.passkey.data or "")[:20_000], form.name.data or ""
    if not answer:
        # The browser was not asked yet: somebody first had to prove themselves, or has no script.
        return _passkey_page(form, is_still_to_come=True)
    try:
        operations.add_passkey(session, settings(), _member(), answer, name, members.this_session(), now())
    except (BadInput, Refused) as problem:
        form.name.errors = [say(problem)]
        # The challenge is used up, whatever was wrong with the answer to it.
        session.commit()
        return _passkey_page(form), 422
    return _done(Method.PASSKEY)


@bp.post("/security/passkeys/challenge")
def challenge() -> ResponseReturnValue:
    """What the browser needs to make a passkey; a script fetches it."""
    member = _member()
    made = passkeys.registration_options(
        db(),
        factors.site(settings()),
        sessions.hash_of(members.this_session()),
        member.id,
        member.email,
        now(),
    )
    db().commit()
    return Response(made, mimetype="application/json")


def _done(method: Method) -> ResponseReturnValue:
    """The first factor lets its owner in and brings recovery codes; a further one leads back."""
    session, member = db(), _member()
    if arriving_staff().confirmed_at is not None:
        session.commit()
        nudge()
        tell(method.value)
        return redirect(url_for("security_staff.overview"), 303)
    codes = recovery.renew(session, member.id, now())
    factor.enter(session, member.id, method, now())
    response = go_on()
    nudge()
    return response or codes_page(codes, wanted())


def codes_page(codes: Sequence[str], following: str | None = None) -> str:
    """The codes, the one time they are shown: an answer that no reload repeats."""
    return render(
        "backoffice/setup/codes.html",
        codes=codes,
        form=SignedInForm(),
        following=following or url_for("backoffice.home"),
    )


def _app_page(form: AppForm) -> str:
    session = db(write=True)
    secret, address = operations.begin_app(session, settings(), _member(), members.this_session(), now())
    session.commit()
    return render(
        "backoffice/setup/app.html",
        form=form,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        address=address,
        picture=totp.picture(address, _("QR code for the app")),
        is_first=arriving_staff().confirmed_at is None,
    )


def _passkey_page(form: PasskeyForm, is_still_to_come: bool = False) -> str:
    is_first = arriving_staff().confirmed_at is None
    return render(
        "backoffice/setup/passkey.html", form=form, is_first=is_first, is_still_to_come=is_still_to_come
    )


def _member() -> StaffMember:
    return db().get_one(StaffMember, arriving_staff().id)
