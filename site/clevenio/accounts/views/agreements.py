"""What a customer agreed to, to read and to keep; and new versions, to know or to accept."""

from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clevenio import content, legal
from clevenio.accounts import agreement_files, agreements
from clevenio.accounts.agreements import Matter
from clevenio.accounts.forms import NewVersionsForm
from clevenio.accounts.models import Agreement
from clevenio.accounts.views.blueprint import bp, new_matters, own_account, own_page, signed_in_always
from clevenio.differences import difference
from clevenio.i18n import current_language
from clevenio.i18n import gettext as _
from clevenio.web.blueprints import Localized
from clevenio.web.request import db, now, settings
from clevenio.web.safe_next import safe_path
from clevenio.web.texts import filling

AGREEMENTS = Localized(fi="/tili/sopimukset", en="/account/agreements")
ARCHIVE = Localized(fi="/tili/sopimukset.zip", en="/account/agreements.zip")
NEW = Localized(fi="/tili/sopimukset/uudet", en="/account/agreements/new")
ONE = Localized(fi="/tili/sopimukset/<uuid:agreement>", en="/account/agreements/<uuid:agreement>")
FILE = Localized(fi=f"{ONE.fi}/tiedosto", en=f"{ONE.en}/file")


@bp.get(AGREEMENTS)
@signed_in_always
def agreed() -> str:
    found = agreements.of_person(db(), own_account().person_id)
    return own_page("accounts/agreements.html", agreements=found, matters=new_matters(), legal=legal)


@bp.get(ONE)
@signed_in_always
def agreement(agreement: UUID) -> str:
    """The very version and language, whatever is in force today."""
    one = _own(agreement)
    page = agreement_files.page(one, settings(), _page_address)
    return own_page("accounts/agreement.html", agreement=one, page=page, legal=legal)


@bp.get(FILE)
@signed_in_always
def agreement_file(agreement: UUID) -> Response:
    one = _own(agreement)
    text = agreement_files.html(one, settings(), _whole_address)
    return _download(text.encode(), "text/html; charset=utf-8", agreement_files.name(one))


@bp.get(ARCHIVE)
@signed_in_always
def agreement_archive() -> Response:
    found = agreements.of_person(db(), own_account().person_id)
    data = agreement_files.archive(found, settings(), _whole_address)
    return _download(data, "application/zip", "clevenio-agreements.zip")


@bp.get(NEW)
@signed_in_always
def new_versions() -> ResponseReturnValue:
    """What is new, and how it differs from what the person knows. Looking changes nothing."""
    found = new_matters()
    return _new_page(NewVersionsForm(None), found) if found else redirect(_following(), 303)


@bp.post(NEW)
@signed_in_always
def answer_new_versions() -> ResponseReturnValue:
    """One act for everything on the page, and for nothing that was not on it."""
    form, found, language = NewVersionsForm(), new_matters(), current_language()
    if found and form.shown.data != agreements.shown(found, language):
        form.form_errors.append(_("The texts have changed since you opened this page. Read them anew."))
        return _new_page(form, found), 422
    if found:
        agreements.answer(db(), settings(), own_account(), found, language, now())
        db().commit()
    return redirect(_following(), 303)


def _new_page(form: NewVersionsForm, found: list[Matter]) -> str:
    return own_page(
        "accounts/new_versions.html",
        form=form,
        matters=found,
        shown=agreements.shown(found, current_language()),
        texts={matter.version: _text(matter.version) for matter in found},
        parts={
            matter.version: difference(_text(matter.before), _text(matter.version))
            for matter in found
            if matter.before
        },
        must_accept=[matter.version.text for matter in found if matter.must_accept],
        come_first=agreements.come_first(found),
    )


def _text(version: legal.Version) -> content.Page:
    return content.page(version.name, current_language(), filling())


def _following() -> str:
    return safe_path(request.args.get("next"), url_for("accounts.account"))


def _own(agreement: UUID) -> Agreement:
    return agreements.own(db(), own_account().person_id, agreement)


def _page_address(endpoint: str, language: str) -> str:
    return url_for(endpoint, language=language)


def _whole_address(endpoint: str, language: str) -> str:
    return settings().base_url + url_for(endpoint, language=language)


def _download(data: bytes, kind: str, name: str) -> Response:
    return Response(
        data, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
