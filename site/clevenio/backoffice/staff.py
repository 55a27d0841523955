"""Screens of the house itself: mail that was kept, and the audit trail."""

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from clevenio import audit
from clevenio.backoffice import kept_mail, queries
from clevenio.errors import BadInput
from clevenio.people import operations as people
from clevenio.people.addresses import address
from clevenio.people.staff_members import Role
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.rendering import render
from clevenio.web.request import db, now, settings

outbox = StaffBlueprint("outbox", Role.ADMINISTRATOR, url_prefix="/outbox")
trail = StaffBlueprint("trail", Role.PRIVACY_OFFICER, url_prefix="/audit")

LOOKING = "looking at what the site would have sent"


@outbox.before_request
def exists() -> None:
    """Where mail goes out by a relay, nothing is kept, and the page does not exist."""
    if settings().smtp_url is not None:
        abort(404)


@outbox.get("")
def mails() -> str:
    folder = settings().data / "mail"
    pages = kept_mail.pages(folder)
    page = _page(pages)
    found = kept_mail.page_of(folder, page)
    _record("outbox.list", LOOKING, mails=[mail.name for mail in found])
    return render("backoffice/outbox.html", mails=found, page=page, pages=pages)


@outbox.get("/<name>")
def mail(name: str) -> str:
    return render("backoffice/mail.html", mail=_opened(name))


@outbox.get("/<name>/html")
def mail_html(name: str) -> ResponseReturnValue:
    shown = kept_mail.display(_opened(name).html)
    return Response(shown.html, mimetype="text/html", headers={"Content-Security-Policy": shown.policy})


@outbox.get("/<name>/source")
def mail_source(name: str) -> ResponseReturnValue:
    disposition = {"Content-Disposition": 'attachment; filename="mail.eml"'}
    return Response(_opened(name).source, mimetype="message/rfc822", headers=disposition)


@trail.get("")
def entries() -> str:
    pages = queries.trail_pages(db(write=True))
    page = _page(pages)
    found = queries.trail(db(), page)
    names = queries.names_of(db(), [entry.actor for entry in found])
    _record("audit.list", "overseeing access", page=page)
    return render("backoffice/trail.html", entries=found, names=names, page=page, pages=pages)


def _page(pages: int) -> int:
    return max(1, min(request.args.get("page", 1, type=int), pages))


def _opened(name: str) -> kept_mail.Kept:
    found = kept_mail.find(settings().data / "mail", name)
    try:
        person = people.find(db(write=True), address(found.to))
    except BadInput:
        # Kept mail may go to an address that no form would take, such as one of a drill.
        person = None
    subject = audit.subject_hash(settings().suppression_key, person.id) if person else None
    _record("outbox.read", LOOKING, subject, mail=name)
    return found


def _record(action: str, reason: str, subject: str | None = None, **details: object) -> None:
    audit.record(
        db(write=True),
        actor=actor(),
        action=action,
        subject=subject,
        reason=reason,
        details=details,
        now=now(),
    )
    db().commit()
