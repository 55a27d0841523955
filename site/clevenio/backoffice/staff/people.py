"""One person by their exact address: no part of one finds anybody, and nothing lists people."""

from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.audiences.platforms import platforms
from clevenio.backoffice import people
from clevenio.backoffice.forms import LookupForm
from clevenio.consent.readable import STATES
from clevenio.people.addresses import address
from clevenio.people.roles import LABELS
from clevenio.web.access import actor, current_staff
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.rendering import render
from clevenio.web.request import db, now, settings

bp = StaffBlueprint("people", *people.LOOKERS, url_prefix="/people")


@bp.get("")
def search() -> str:
    return render(
        "backoffice/people.html", form=LookupForm(people.reasons(current_staff().roles)), nobody=False
    )


@bp.post("")
def find_person() -> ResponseReturnValue:
    reasons = people.reasons(current_staff().roles)
    form = LookupForm(reasons)
    if not form.validate_on_submit():
        return render("backoffice/people.html", form=form, nobody=False), 422
    if not (why := form.reason.data):
        return render("backoffice/people.html", form=form, nobody=False, asks_why=True)
    found = address(form.email.data or "")
    subject = people.find(db(), settings().suppression_key, found, actor(), reasons[why], now())
    db().commit()
    if subject is None:
        return render("backoffice/people.html", form=form, nobody=True)
    return redirect(url_for("people_staff.person", subject_id=subject, why=why), 303)


@bp.get("/<uuid:subject_id>")
def person(subject_id: UUID) -> ResponseReturnValue:
    roles = current_staff().roles
    reasons = people.reasons(roles)
    only = next(iter(reasons)) if len(reasons) == 1 else ""
    reason = reasons.get(only or request.args.get("why", ""))
    if reason is None:
        # Nobody but whoever looks can say why; the form asks.
        return redirect(url_for("people_staff.search"), 303)
    key = settings().suppression_key
    known = people.read(db(write=True), key, subject_id, roles, actor(), reason, now())
    db().commit()
    return render(
        "backoffice/person.html",
        known=known,
        may_open=roles,
        role_names=LABELS,
        states=STATES,
        reason=reason,
        platforms={each.id: str(each.facts.name) for each in platforms(settings().data)},
        now=now(),
    )
