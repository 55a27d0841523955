"""The page where staff write an answer, see the mail it would be, and send it."""

from uuid import UUID

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio.inquiries import answers, operations, templates
from clevenio.inquiries.forms import LONGEST_MESSAGE
from clevenio.inquiries.staff import forms as fields
from clevenio.inquiries.staff.forms import AnswerForm
from clevenio.inquiries.staff.inbox import bp
from clevenio.mail import Rendered
from clevenio.web.access import current_staff
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, settings


@bp.get("/<uuid:inquiry_id>/answer")
def answer(inquiry_id: UUID) -> str:
    db(write=True)
    return _show(inquiry_id, AnswerForm(None))


@bp.post("/<uuid:inquiry_id>/answer")
def send_answer(inquiry_id: UUID) -> ResponseReturnValue:
    form, act = AnswerForm(), request.form.get("act")
    if act in ("insert", "change"):
        return _show(inquiry_id, form, template=form.template_id() if act == "insert" else None)
    if not form.validate():
        return _show(inquiry_id, form), 422
    text = fields.answer(form.text.data or "")
    if act != "send":
        return _show(inquiry_id, form, text=text)
    answers.send(db(), settings(), current_staff(), inquiry_id, form.answer_id(), text, now())
    db().commit()
    nudge()
    return redirect(url_for("inquiries_staff.inquiry", inquiry_id=inquiry_id), 303)


def _show(inquiry_id: UUID, form: AnswerForm, text: str = "", template: UUID | None = None) -> str:
    """The form beside the message; with a text, the mail that it would be instead."""
    session, staff = db(), current_staff()
    inquiry = operations.read(session, settings(), staff, inquiry_id, now())
    thread = answers.thread(session, staff, inquiry)
    if template:
        form.begin_with(templates.text_for(templates.one(session, template), inquiry))
    form.offer(templates.every(session))
    mail: Rendered | None = answers.preview(settings(), staff, inquiry, text, now()) if text else None
    session.commit()
    page = "inquiries/answer_preview.html" if mail else "inquiries/answer.html"
    return render(page, inquiry=inquiry, thread=thread, form=form, mail=mail, longest=LONGEST_MESSAGE)
