"""Campaign mail that was refused or came back, and complaints about it."""

from clevenio.backoffice import returned_mail
from clevenio.people.addresses import masked
from clevenio.people.staff_members import Role
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.rendering import render
from clevenio.web.request import db, now, page_number, settings

bp = StaffBlueprint("returned_mail", Role.MARKETER, url_prefix="/returned-mail")


@bp.get("")
def listed() -> str:
    found = returned_mail.look_through(db(write=True), settings(), actor(), page_number(), now())
    db().commit()
    return render("backoffice/returned_mail.html", found=found, kinds=returned_mail.KINDS, masked=masked)
