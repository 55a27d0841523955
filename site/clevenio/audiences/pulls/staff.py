"""The back office's page of pull addresses: switched on one by one, off at any time."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.audiences import queries, segments
from clevenio.audiences.layouts import Platform
from clevenio.audiences.platforms import platforms
from clevenio.audiences.pulls import operations
from clevenio.audiences.pulls.models import Pull
from clevenio.errors import Missing
from clevenio.people.staff_members import Role
from clevenio.signing import Signer, new_handle
from clevenio.web.access import actor, recently_confirmed
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now, settings

bp = StaffBlueprint("pulls", Role.MARKETER, url_prefix="/audiences/pull-addresses")


@bp.get("")
def pulls() -> str:
    return _page()


@bp.post("")
@recently_confirmed
def create_pull() -> ResponseReturnValue:
    key = request.form.get("segment", "")
    segment = None if key == segments.ALL else queries.saved_segment(db(), key)
    chosen = next((each for each in _pulled() if each.id == request.form.get("platform")), None)
    if chosen is None:
        raise Missing("There is no such platform.")
    handle = _signer().unsign(given) if (given := request.form.get("handle")) else None
    made, password = operations.create(db(), chosen, segment, actor=actor(), now=now(), handle=handle)
    page = _page(made, password)
    db().commit()
    # Answered at once and not after a redirect: the password is told here and kept nowhere. The handle in the form
    # keeps a page that is sent again from making a second address.
    return page, 201


@bp.post("/<row:number>/end")
@recently_confirmed
def end_pull(number: int) -> ResponseReturnValue:
    operations.revoke(db(), number, actor=actor(), now=now())
    db().commit()
    return redirect(url_for("pulls_staff.pulls"), 303)


def _signer() -> Signer:
    return Signer(settings().secret_keys, "pull-address")


def _pulled() -> list[Platform]:
    return [each for each in platforms(settings().data) if each.layout.is_pulled]


def _page(made: Pull | None = None, password: str | None = None) -> str:
    return render(
        "audiences/pulls.html",
        pulls=operations.listed(db()),
        segments=segments.saved(db()),
        platforms=_pulled(),
        names={each.id: str(each.facts.name) for each in _pulled()},
        base=settings().base_url.rstrip("/"),
        made=made,
        password=password,
        handle=_signer().sign(new_handle()),
        form=SignedInForm(),
    )
