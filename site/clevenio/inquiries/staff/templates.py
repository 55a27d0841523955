"""The templates of answers, written by those who answer."""

from uuid import UUID

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.inquiries import templates
from clevenio.inquiries.staff.forms import TemplateForm
from clevenio.inquiries.staff.inbox import bp
from clevenio.web.access import current_staff
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now


@bp.get("/templates")
def answer_templates() -> str:
    return render("inquiries/templates.html", templates=templates.every(db()))


@bp.get("/templates/new")
def new_template() -> str:
    return _show(TemplateForm(None))


@bp.post("/templates")
def create_template() -> ResponseReturnValue:
    return _save(None)


@bp.get("/templates/<uuid:template_id>")
def template(template_id: UUID) -> str:
    return _show(TemplateForm(None, obj=templates.one(db(), template_id)), template_id)


@bp.post("/templates/<uuid:template_id>")
def save_template(template_id: UUID) -> ResponseReturnValue:
    templates.one(db(), template_id)
    return _save(template_id)


@bp.post("/templates/<uuid:template_id>/removal")
def remove_template(template_id: UUID) -> ResponseReturnValue:
    templates.remove(db(), current_staff(), template_id, now())
    db().commit()
    return redirect(url_for("inquiries_staff.answer_templates"), 303)


def _save(template_id: UUID | None) -> ResponseReturnValue:
    form = TemplateForm()
    if not form.validate():
        return _show(form, template_id), 422
    templates.save(db(), current_staff(), template_id, form.words(), now())
    db().commit()
    return redirect(url_for("inquiries_staff.answer_templates"), 303)


def _show(form: TemplateForm, template_id: UUID | None = None) -> str:
    return render(
        "inquiries/template.html",
        form=form,
        template_id=template_id,
        removal=SignedInForm(None),
        placeholder=templates.NAME,
    )
