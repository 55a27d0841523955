"""The page where staff remove passages from a message: choose, see what would stay, remove for good."""

from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.inquiries import cleaning, operations
from clevenio.inquiries import redaction as passages
from clevenio.inquiries.models import Inquiry
from clevenio.inquiries.staff.forms import RedactionForm
from clevenio.inquiries.staff.inbox import bp
from clevenio.web.access import current_staff
from clevenio.web.kit import kit
from clevenio.web.rendering import render
from clevenio.web.request import db, now, settings


@bp.get("/<uuid:inquiry_id>/redaction")
def redaction(inquiry_id: UUID) -> str:
    inquiry = _read(inquiry_id)
    return _show(inquiry, RedactionForm(inquiry.message, None))


@bp.post("/<uuid:inquiry_id>/redaction")
def redact(inquiry_id: UUID) -> ResponseReturnValue:
    inquiry, act = _read(inquiry_id), request.form.get("act")
    form = RedactionForm(inquiry.message)
    if act == "change":
        return _show(inquiry, form)
    if not form.validate():
        return _show(inquiry, form), 422
    if act != "remove":
        left = passages.without(inquiry.message, form.spans(), inquiry.language)
        return render("inquiries/redaction_preview.html", inquiry=inquiry, form=form, left=left)
    reason = str(form.reason.data)
    removed = passages.redact(db(), settings(), current_staff(), inquiry_id, form.chosen(), reason, now())
    db().commit()
    cleaning.clean(settings(), kit().database, removed, now())
    return redirect(url_for("inquiries_staff.inquiry", inquiry_id=inquiry_id), 303)


def _read(inquiry_id: UUID) -> Inquiry:
    session = db(write=True)
    found = operations.read(session, settings(), current_staff(), inquiry_id, now())
    session.commit()
    return found


def _show(inquiry: Inquiry, form: RedactionForm) -> str:
    return render("inquiries/redaction.html", inquiry=inquiry, form=form)
