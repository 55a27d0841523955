"""Evidence in a minute, for the privacy officer: by a receipt's number, by a person's address, version by version."""

from uuid import UUID

from flask import Response, make_response, redirect, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from clevenio import audit
from clevenio.audit import AuditEntry
from clevenio.consent import archive, evidence, readable
from clevenio.consent.receipts import kept, name
from clevenio.errors import Missing, Refused
from clevenio.people.addresses import address
from clevenio.people.staff_members import Role
from clevenio.rights.evidence import answers, package
from clevenio.rights.evidence.answers import Answer
from clevenio.rights.evidence.forms import PersonForm, ReceiptForm
from clevenio.rights.evidence.questions import QUESTIONS, REASONS, Question
from clevenio.rights.evidence.whom import whom
from clevenio.web.access import actor, recently_confirmed
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
    return _search()


@bp.post("")
def find_receipt() -> ResponseReturnValue:
    form = ReceiptForm()
    if form.validate_on_submit():
        try:
            found = evidence.of(db(), form.number(), now())
            return redirect(url_for("evidence_staff.receipt", receipt=found.receipt), 303)
        except Missing as problem:
            form.receipt.errors = [say(problem)]
    return _search(receipt_form=form), 422


@bp.get("/receipts/<uuid:receipt>")
def receipt(receipt: UUID) -> ResponseReturnValue:
    found = evidence.of(db(write=True), receipt, now())
    answer = _about_receipt(found)
    page = render(
        "rights/evidence/receipt.html",
        found=found,
        answer=answer,
        entry=_look("receipt.read", answer, PROVING),
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
    answer = _about_receipt(evidence.of(db(), receipt, now()))
    return _file(answer, "receipt.export", PROVING)


@bp.post("/people")
def answer_person() -> ResponseReturnValue:
    form = PersonForm()
    answer = _about_person(form)
    if answer is None:
        return _search(form), 422
    entry = _look("evidence.read", answer, form.why())
    return render(
        "rights/evidence/answer.html",
        form=form,
        answer=answer,
        entry=entry,
        asked=QUESTIONS[answer.question],
        reason=REASONS[form.why()],
    )


@bp.post("/people/file")
@recently_confirmed
def person_file() -> ResponseReturnValue:
    form = PersonForm()
    answer = _about_person(form)
    return (_search(form), 422) if answer is None else _file(answer, "evidence.export", form.why())


@bp.get("/versions/<version>")
def version(version: str) -> ResponseReturnValue:
    found = archive.archived(db(), version)
    return framing(make_response(render("rights/evidence/version.html", version=found)))


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
    page = render("rights/evidence/screen.html", version=found, markup=markup, layer=layer)
    return framed(make_response(page))


def _search(form: PersonForm | None = None, receipt_form: ReceiptForm | None = None) -> str:
    return render(
        "rights/evidence/search.html",
        form=form or PersonForm(None),
        receipt_form=receipt_form or ReceiptForm(None),
        versions=archive.versions(db()),
        first=QUESTIONS[Question.RECEIPT],
    )


def _about_receipt(found: evidence.Evidence) -> Answer:
    """The trail names the receipt as it names people."""
    hashed = audit.subject_hash(settings().suppression_key, found.receipt)
    return answers.about_receipt(db(), settings(), found, hashed, now())


def _about_person(form: PersonForm) -> Answer | None:
    """The answer, or None where the form says what is wrong with it."""
    if not form.validate_on_submit():
        return None
    question = Question(form.question.data)
    number = form.number.data if question is Question.FILE else None
    found = whom(db(), settings(), address(form.email.data or ""))
    try:
        return answers.about_person(db(), settings(), question, found, now(), number)
    except Missing as problem:
        form.number.errors = [say(problem)]
        return None


def _look(action: str, answer: Answer, reason: str) -> AuditEntry:
    """That somebody looked, at what and why; of whom it is about, the hash alone."""
    details = {"question": answer.question.value}
    entry = audit.record(
        db(), actor=actor(), action=action, now=now(), subject=answer.subject, reason=reason, details=details
    )
    db().commit()
    return entry


def _file(answer: Answer, action: str, reason: str) -> Response:
    made = package.prepare(db(), answer, actor(), action, reason, now())
    db().commit()
    response = Response(package.finished(settings(), made), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    return response
