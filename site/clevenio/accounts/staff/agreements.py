"""Agreements in the back office: who knows which version, one customer's, and the controllers we process for."""

from flask.typing import ResponseReturnValue

from clevenio import legal
from clevenio.accounts import agreement_oversight as oversight
from clevenio.accounts.forms import FindAgreementsForm
from clevenio.i18n import local_day
from clevenio.people import identifiers
from clevenio.people.staff_members import Role
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.rendering import render
from clevenio.web.request import db, now, page_number, settings

bp = StaffBlueprint("agreements", Role.PRIVACY_OFFICER, url_prefix="/agreements")


@bp.get("")
def overview() -> str:
    """Counts alone, and so no entry in the audit trail."""
    return _overview(FindAgreementsForm())


@bp.post("")
def find() -> ResponseReturnValue:
    """One customer's, by the exact address, which is in no address of a page."""
    form = FindAgreementsForm()
    if not form.validate_on_submit():
        return _overview(form), 422
    address = identifiers.address(form.email.data or "")
    found = oversight.look_up(db(), settings().suppression_key, address, actor(), now())
    db().commit()
    return _overview(form, found=found, searched=True)


@bp.get("/controllers")
def controllers() -> str:
    session = db(write=True)
    found = oversight.look_through(session, settings().suppression_key, page_number(), actor(), now())
    session.commit()
    return render("accounts/controllers.html", controllers=found, legal=legal)


def _overview(form: FindAgreementsForm, **values: object) -> str:
    day = local_day(now())
    return render(
        "accounts/agreements_overview.html",
        form=form,
        texts=oversight.standings(db(), day),
        accounts=oversight.accounts(db()),
        legal=legal,
        **{"found": None, "searched": False, **values},
    )
