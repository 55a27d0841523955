"""The copy of one's own data: made in the account or with an answer, and fetched there, or by a mailed link."""

from uuid import UUID

from flask import Response, redirect, url_for
from flask.typing import ResponseReturnValue

from clevenio.accounts.views.blueprint import own_account, own_page, signed_in_always
from clevenio.accounts.views.password import disproved
from clevenio.i18n import current_language
from clevenio.rights import subjects
from clevenio.rights.access import operations
from clevenio.rights.access.forms import CopyForm
from clevenio.rights.access.models import DataFile
from clevenio.rights.models import Kind
from clevenio.web import mailed
from clevenio.web.blueprints import Localized, SiteBlueprint
from clevenio.web.headers import no_store
from clevenio.web.languages import speak
from clevenio.web.rendering import render
from clevenio.web.request import db, now, settings

COPY = Localized(fi="/tili/omat-tiedot/kopio", en="/account/data/copy")
FILE = Localized(fi="/tili/omat-tiedot/kopio/<uuid:file_id>", en="/account/data/copy/<uuid:file_id>")

bp = SiteBlueprint("own_copy")
bp.after_request(no_store)
by_mail = SiteBlueprint("mailed_copy")
mailed.keep(by_mail)
by_mail.after_request(no_store)


@bp.get(COPY)
@signed_in_always
def copy() -> str:
    return _page(CopyForm(None))


@bp.post(COPY)
@signed_in_always
def make_copy() -> ResponseReturnValue:
    """The password is asked again: a browser left open must not give everything away."""
    form, account = CopyForm(), own_account()
    status = disproved(account, form.password) if form.validate() else 422
    if status != 200:
        return _page(form), status
    subject = subjects.of_person(db(), settings(), account.person)
    operations.keep(db(), settings(), subject, Kind(form.kind.data), current_language(), now())
    db().commit()
    return redirect(url_for("own_copy.copy"), 303)


@bp.get(FILE)
@signed_in_always
def file(file_id: UUID) -> Response:
    """Its bytes, for the one it is about and nobody else."""
    found = operations.fetch(db(write=True), own_account().person_id, file_id, now())
    operations.log(db(), settings(), found, "account", now())
    response = download(found)
    db().commit()
    return response


@by_mail.get("/d/<token>")
def offered(token: str) -> str:
    found = operations.look(db(), settings(), token, now())
    speak(found.language)
    return render("rights/access/offered.html", file=found.file)


@by_mail.post("/d/<token>")
def take(token: str) -> Response:
    """Fetching is an act: what looks through mail opens links, and would use the one up."""
    found = operations.take(db(), settings(), token, now())
    operations.log(db(), settings(), found, "link", now())
    response = download(found)
    db().commit()
    return response


def download(found: DataFile) -> Response:
    """A file as a browser saves it."""
    name, content = f"clevenio-{found.kind}-{found.created_at:%Y-%m-%d}.zip", found.content
    response = Response(content, mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _page(form: CopyForm) -> str:
    files = operations.waiting(db(), own_account().person_id, now())
    return own_page("rights/access/copy.html", form=form, files=files, lifetime=operations.lifetime())
