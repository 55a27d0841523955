"""The public pages, each the same for everybody."""

from flask import Response, abort, redirect, request, url_for

from clevenio import content, legal
from clevenio.consent.advertising.addresses import carried
from clevenio.consent.notices import choices_notice, newsletter_notice
from clevenio.consent.receipts import lasting
from clevenio.differences import Mark, difference
from clevenio.errors import Missing
from clevenio.i18n import current_language, local_day
from clevenio.pages import declarations
from clevenio.pages.forms import wrong_fields
from clevenio.pages.gallery import changed, decided
from clevenio.registry import Vendor, load
from clevenio.registry.vendors import log
from clevenio.web.blueprints import Localized, SiteBlueprint
from clevenio.web.languages import preferred
from clevenio.web.rendering import render
from clevenio.web.request import now, settings
from clevenio.web.texts import filling

HOME = Localized(fi="/", en="/")
PRODUCT = Localized(fi="/palvelu", en="/product")
COMPANY = Localized(fi="/yritys", en="/company")
PRIVACY = Localized(fi="/tietosuoja", en="/privacy")
TERMS = Localized(fi="/ehdot", en="/terms")
DPA = Localized(fi="/kasittelysopimus", en="/data-processing")
COOKIES = Localized(fi="/evasteet", en="/cookies")
VENDORS = Localized(fi="/kumppanit", en="/vendors")
RIGHTS = Localized(fi="/oikeudet", en="/rights")
PUBLIC_ROLES = Localized(fi="/julkiset-roolit", en="/public-roles")
GALLERY = Localized(fi="/galleria", en="/gallery")
ACCESSIBILITY = Localized(fi="/saavutettavuus", en="/accessibility")

bp = SiteBlueprint("pages")


@bp.get("/")
def front() -> Response:
    """Send a visitor to the front page in the language that the browser asks for.

    The campaign in the address goes along: it is read there, once somebody has allowed that.
    """
    response = redirect(url_for("pages.home", language=preferred(), **carried(request.args)), 302)
    response.headers["Vary"] = "Accept-Language"
    response.headers["Cache-Control"] = "no-cache"
    return response  # type: ignore[return-value]


@bp.public(HOME)
def home() -> str:
    return _show("home")


@bp.public(PRODUCT)
def product() -> str:
    return _show("product")


@bp.public(COMPANY)
def company() -> str:
    return _show("company")


@bp.public(PRIVACY)
def privacy() -> str:
    return _show_legal("privacy")


@bp.public(TERMS)
def terms() -> str:
    return _show_legal("terms")


@bp.public(DPA)
def dpa() -> str:
    return _show_legal("dpa")


def _versions_of(page: Localized) -> Localized:
    return Localized(fi=f"{page.fi}/versiot", en=f"{page.en}/versions")


@bp.public(_versions_of(PRIVACY))
def privacy_versions() -> str:
    return _show_versions("privacy")


@bp.public(_versions_of(TERMS))
def terms_versions() -> str:
    return _show_versions("terms")


@bp.public(_versions_of(DPA))
def dpa_versions() -> str:
    return _show_versions("dpa")


def version(text: str, day: str) -> str:
    """A version as it was published, whichever is in force today."""
    return _show_legal(text, legal.version(text, day))


def changes(text: str, older: str, newer: str) -> str:
    """What changed from one version to a later one. Raises `Missing` the other way round."""
    before, after = legal.version(text, older), legal.version(text, newer)
    if before.date >= after.date:
        raise Missing("There is no such version of this document.")
    old, new = (content.page(one.name, current_language(), filling()) for one in (before, after))
    return render(
        "pages/changes.html",
        before=before,
        after=after,
        steps=legal.between(before, after),
        page=new,
        parts=difference(old, new),
        Mark=Mark,
    )


for _text, _page in (("privacy", PRIVACY), ("terms", TERMS), ("dpa", DPA)):
    _places = _versions_of(_page)
    for _suffix, _view in (("/<day>", version), ("/<older>/<newer>", changes)):
        _place = Localized(fi=_places.fi + _suffix, en=_places.en + _suffix)
        bp.get(_place, defaults={"text": _text})(_view)


@bp.public(COOKIES)
def cookies() -> str:
    rows = declarations.cookies(load(), settings().controller_name)
    return _show("cookies", declared=list(rows))


@bp.public(VENDORS)
def vendors() -> str:
    """Who receives data today, and every change of that, from the dated entries of the registry."""
    return _show("vendors", vendors=_recipients(), changes=log(load().vendor_entries), today=local_day(now()))


@bp.public(PUBLIC_ROLES)
def public_roles() -> str:
    return _show("public_roles", "text")


@bp.public(ACCESSIBILITY)
def accessibility() -> str:
    return _show("accessibility", "text")


@bp.get(GALLERY)
def gallery() -> str:
    """The components with made-up content, for whoever builds pages; the site that people use has no such page."""
    if settings().mode != "local":
        abort(404)
    language = current_language()
    asked = {"notice": choices_notice(language), "topics": newsletter_notice(language)}
    shown = {"changed": changed(), "decided": decided(now()), "moment": now()}
    return render("pages/gallery.html", wrong=wrong_fields(), **shown, **asked)


def _show(name: str, template: str | None = None, **values: object) -> str:
    registry = load()
    role_kept = declarations.kept(registry.periods["public_role"])
    facts = filling(choices_last=lasting(registry.clocks), role_kept=role_kept)
    page = content.page(f"pages/{name}", current_language(), facts)
    return render(f"pages/{template or name}.html", page=page, declarations=declarations, **values)


def _show_legal(text: str, chosen: legal.Version | None = None) -> str:
    in_force = legal.current(text, local_day(now()))
    shown = chosen or in_force
    page = content.page(shown.name, current_language(), filling())
    return render(
        "pages/legal.html",
        modified=shown.date,
        page=page,
        version=shown,
        in_force=in_force,
        vendors=_recipients(),
        declarations=declarations,
    )


def _recipients() -> tuple[Vendor, ...]:
    return load().vendors_on(local_day(now()))


def _show_versions(text: str) -> str:
    in_force, known = legal.current(text, local_day(now())), legal.versions(text)
    page = content.page(in_force.name, current_language(), filling())
    return render("pages/versions.html", modified=in_force.date, page=page, versions=known, in_force=in_force)
