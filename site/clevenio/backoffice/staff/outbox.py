"""Mail that was kept because no relay is set."""

from flask import Response, abort
from flask.typing import ResponseReturnValue

from clevenio import audit
from clevenio.backoffice import kept_mail, lookup
from clevenio.people.staff_members import Role
from clevenio.web.access import actor
from clevenio.web.blueprints import StaffBlueprint
from clevenio.web.rendering import render
from clevenio.web.request import db, now, page_number, settings

bp = StaffBlueprint("outbox", Role.ADMINISTRATOR, url_prefix="/outbox")

LOOKING = "looking at what the site would have sent"


@bp.before_request
def exists() -> None:
    """Where mail goes out by a relay, nothing is kept, and the page does not exist."""
    if settings().smtp_url is not None:
        abort(404)


@bp.get("")
def mails() -> str:
    found = kept_mail.page_of(settings().data / "mail", page_number())
    subjects = sorted(filter(None, {_subject(mail) for mail in found.rows}))
    _record("outbox.list", LOOKING, mails=[mail.name for mail in found.rows], subjects=subjects)
    return render("backoffice/outbox.html", mails=found)


@bp.get("/<name>")
def mail(name: str) -> str:
    return render("backoffice/mail.html", mail=_opened(name))


@bp.get("/<name>/html")
def mail_html(name: str) -> ResponseReturnValue:
    shown = kept_mail.display(_opened(name).html)
    return Response(shown.html, mimetype="text/html", headers={"Content-Security-Policy": shown.policy})


@bp.get("/<name>/source")
def mail_source(name: str) -> ResponseReturnValue:
    disposition = {"Content-Disposition": 'attachment; filename="mail.eml"'}
    return Response(_opened(name).source, mimetype="message/rfc822", headers=disposition)


def _opened(name: str) -> kept_mail.Kept:
    found = kept_mail.find(settings().data / "mail", name)
    _record("outbox.read", LOOKING, _subject(found), mail=name)
    return found


def _subject(mail: kept_mail.Kept) -> str | None:
    return lookup.hashed(db(write=True), settings().suppression_key, mail.to)


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
