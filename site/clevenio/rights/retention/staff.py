"""What goes when: the rules with what each would remove now, the next run, and the last reports."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio import audit
from clevenio.pages import declarations
from clevenio.people.staff_members import Role
from clevenio.registry import load
from clevenio.rights.record.words import TREATMENTS
from clevenio.rights.retention import engine, rules
from clevenio.rights.retention.queries import by_rule, report_of, reports
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.forms import SignedInForm
from clevenio.web.kit import kit
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, settings

bp = StaffBlueprint("retention", Role.PRIVACY_OFFICER, url_prefix="/retention")


@bp.get("")
def overview() -> str:
    return _page(SignedInForm(None))


@bp.post("")
def run() -> ResponseReturnValue:
    """Have the worker carry the rules out now, however long that takes. It asks no second question: what goes is what the page shows."""
    form = SignedInForm()
    if not form.validate():
        return _page(form), 422
    asked = engine.ask(db(write=True), actor(), now())
    audit.record(db(), actor=actor(), action="retention.run", details={"run": asked.id}, now=now())
    db().commit()
    nudge("retention")
    return redirect(url_for("retention_staff.overview"), 303)


def _page(form: SignedInForm) -> str:
    forecast = rules.retention(settings(), kit().database).forecast(now())
    return render(
        "rights/retention.html",
        rules=by_rule(load(), forecast),
        reports=reports(db()),
        next_run=engine.next_run(db()),
        under_way=report_of(db(), engine.under_way(db())),
        form=form,
        treatments=TREATMENTS,
        declarations=declarations,
        now=now(),
    )
