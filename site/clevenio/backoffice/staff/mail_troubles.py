"""Account mail that did not arrive, or may not have, and what is to become of each."""

from uuid import UUID

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.backoffice import mail_troubles
from clevenio.backoffice.returned_mail import KINDS
from clevenio.people.staff_members import Role
from clevenio.rights.evidence.words import MAILS
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.forms import SignedInForm
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, page_number, settings

bp = StaffBlueprint("mail_troubles", Role.ADMINISTRATOR, url_prefix="/failed-mail")


@bp.get("")
def mails() -> str:
    key = settings().suppression_key
    found = mail_troubles.look_through(db(write=True), key, actor(), page_number(), now())
    unwritten = mail_troubles.unwritten(db(), key, actor(), now())
    db().commit()
    return render(
        "backoffice/failed_mail.html", mails=found, unwritten=unwritten, kinds=KINDS, form=SignedInForm()
    )


@bp.get("/<uuid:mail_id>")
def mail(mail_id: UUID) -> str:
    found = mail_troubles.look_at(db(write=True), settings().suppression_key, actor(), mail_id, now())
    db().commit()
    return render(
        "backoffice/troubled_mail/mail.html", trouble=found, kinds=KINDS, whys=MAILS, form=SignedInForm()
    )


@bp.post("/<uuid:mail_id>/again")
def send_again(mail_id: UUID) -> ResponseReturnValue:
    mail_troubles.send_again(db(), settings().suppression_key, actor(), mail_id, now())
    db().commit()
    nudge()
    return redirect(url_for("mail_troubles_staff.mails"), 303)


@bp.post("/<uuid:mail_id>/end")
def let_go(mail_id: UUID) -> ResponseReturnValue:
    mail_troubles.let_go(db(), settings().suppression_key, actor(), mail_id, now())
    db().commit()
    return redirect(url_for("mail_troubles_staff.mails"), 303)


@bp.post("/requests/<uuid:request_id>/again")
def ask_again(request_id: UUID) -> ResponseReturnValue:
    mail_troubles.ask_again(db(), settings().suppression_key, actor(), request_id, now())
    db().commit()
    nudge("account-mail")
    return redirect(url_for("mail_troubles_staff.mails"), 303)


@bp.post("/requests/<uuid:request_id>/end")
def forget_request(request_id: UUID) -> ResponseReturnValue:
    mail_troubles.forget_request(db(), settings().suppression_key, actor(), request_id, now())
    db().commit()
    return redirect(url_for("mail_troubles_staff.mails"), 303)
