"""The contact page."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.consent.advertising.models import Kind
from clevenio.consent.advertising.views import count_campaign
from clevenio.i18n import current_language, format_duration
from clevenio.i18n import gettext as _
from clevenio.inquiries import operations
from clevenio.inquiries.forms import LONGEST_MESSAGE, InquiryForm
from clevenio.registry import load
from clevenio.web.blueprints import Localized, SiteBlueprint
from clevenio.web.network import has_room
from clevenio.web.rendering import render
from clevenio.web.request import db, now, nudge, settings

CONTACT = Localized(fi="/yhteys", en="/contact")
THANKS = Localized(fi="/yhteys/kiitos", en="/contact/thanks")

bp = SiteBlueprint("inquiries")


@bp.public(CONTACT, is_measured=False)
def contact() -> str:
    return _show(InquiryForm(None))


@bp.post(CONTACT)
def send_inquiry() -> ResponseReturnValue:
    form = InquiryForm()
    if not form.validate():
        return _show(form), form.status
    session = db()
    if not has_room("inquiry"):
        form.form_errors.append(_("Too many messages come from your network just now. Try again in an hour."))
        return _show(form), 429
    message = form.values()
    if operations.send(session, settings(), message, current_language(), now()) and not message.is_suspected:
        count_campaign(Kind.INQUIRY)
    session.commit()
    nudge()
    return redirect(url_for("inquiries.thanks"), 303)


@bp.get(THANKS)
def thanks() -> str:
    return render("inquiries/thanks.html")


def _show(form: InquiryForm) -> str:
    period = load().periods["inquiry"]
    kept = format_duration(period.number, period.unit)
    return render("inquiries/contact.html", form=form, kept=kept, longest=LONGEST_MESSAGE)
