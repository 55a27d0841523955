"""The proof of what browsers decided, for the privacy officer: by a receipt's number, and version by version."""

from uuid import UUID

from flask import Response, make_response, redirect, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from clevenio import audit
from clevenio.backoffice.forms import ReceiptForm
from clevenio.consent import archive, evidence, readable
from clevenio.consent.receipts import kept, name
from clevenio.errors import Missing, Refused
from clevenio.people.staff_members import Role
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.errors import say
from clevenio.web.forms import SignedInForm
from clevenio.web.headers import framed, framing
from clevenio.web.rendering import render
from clevenio.web.request import db, now, settings

bp = StaffBlueprint("evidence", Role.PRIVACY_OFFICER, url_prefix="/evidence")
PROVING = "proving what a browser chose"
# The two layers of the question, as the archive calls their markup.
LAYERS = {"bar": "markup", "form": "form"}


@bp.get("")
def search() -> str:
    return render("backoffice/evidence/search.html", form=ReceiptForm(), versions=archive.versions(db()))


@bp.post("")
def find_receipt() -> ResponseReturnValue:
    form = ReceiptForm()
    if form.validate_on_submit():
        try:
            found = evidence.of(db(), form.number(), now())
            return redirect(url_for("evidence_staff.receipt", receipt=found.receipt), 303)
        except Missing as problem:
            form.receipt.errors = [say(problem)]
    versions = archive.versions(db())
    return render("backoffice/evidence/search.html", form=form, versions=versions), 422


@bp.get("/receipts/<uuid:receipt>")
def receipt(receipt: UUID) -> ResponseReturnValue:
    found = evidence.of(db(write=True), receipt, now())
    _record("receipt.read", receipt)
    page = render(
        "backoffice/evidence/receipt.html",
        found=found,
        doors=readable.DOORS,
        states=readable.STATES,
        name=name,
        kept=kept(),
        token=SignedInForm(),
    )
    return framing(make_response(page))


@bp.post("/receipts/<uuid:receipt>/file")
def receipt_file(receipt: UUID) -> Response:
    """What the page shows, to be taken along. It names nobody, so no fresh proof is asked for."""
    body = evidence.document(evidence.of(db(), receipt, now()), now())
    _record("receipt.export", receipt)
    response = Response(body, mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="evidence-{receipt}.json"'
    return response


@bp.get("/versions/<version>")
def version(version: str) -> ResponseReturnValue:
    found = archive.archived(db(), version)
    return framing(make_response(render("backoffice/evidence/version.html", version=found)))


@bp.get("/versions/<version>/<layer>")
def screen(version: str, layer: str) -> ResponseReturnValue:
    """A layer as it was. Its markup runs no script and sends nothing: the frame and its policy see to that."""
    found = archive.archived(db(), version)
    if LAYERS.get(layer, "") not in found.content:
        raise Missing("There is no such version.")
    if not found.is_whole:
        raise Refused("This version is not as it was kept, so it is not shown.")
    # nosemgrep: markup-is-not-made-of-variables -- our own of that day, whose hash is its name
    markup = Markup(found.content[LAYERS[layer]])  # noqa: S704 # nosec B704 - see above
    page = render("backoffice/evidence/screen.html", version=found, markup=markup, layer=layer)
    return framed(make_response(page))


def _record(action: str, receipt: UUID) -> None:
    """That somebody looked at a browser's decisions; the trail names the receipt as it names people."""
    hashed = audit.subject_hash(settings().suppression_key, receipt)
    audit.record(db(), actor=actor(), action=action, subject=hashed, reason=PROVING, now=now())
    db().commit()
