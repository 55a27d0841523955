"""The public pages, each the same for everybody."""

from flask import Response, redirect, url_for

from clevenio import legal
from clevenio.i18n import current_language, postal
from clevenio.pages import content, declarations
from clevenio.registry import load
from clevenio.web.blueprints import Localized, SiteBlueprint
from clevenio.web.languages import preferred
from clevenio.web.rendering import render
from clevenio.web.request import now, settings

HOME = Localized(fi="/", en="/")
PRODUCT = Localized(fi="/palvelu", en="/product")
COMPANY = Localized(fi="/yritys", en="/company")
PRIVACY = Localized(fi="/tietosuoja", en="/privacy")
TERMS = Localized(fi="/ehdot", en="/terms")
COOKIES = Localized(fi="/evasteet", en="/cookies")
VENDORS = Localized(fi="/kumppanit", en="/vendors")
RIGHTS = Localized(fi="/oikeudet", en="/rights")
PUBLIC_ROLES = Localized(fi="/julkiset-roolit", en="/public-roles")
ACCESSIBILITY = Localized(fi="/saavutettavuus", en="/accessibility")

bp = SiteBlueprint("pages")


@bp.get("/")
def front() -> Response:
    """Send a visitor to the front page in the language that the browser asks for."""
    response = redirect(url_for("pages.home", language=preferred()), 302)
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


@bp.public(COOKIES)
def cookies() -> str:
    rows = declarations.cookies(load(), settings().controller_name)
    return _show("cookies", declared=list(rows))


@bp.public(VENDORS)
def vendors() -> str:
    return _show("vendors")


@bp.public(RIGHTS)
def rights() -> str:
    return _show("rights", "text")


@bp.public(PUBLIC_ROLES)
def public_roles() -> str:
    return _show("public_roles", "text")


@bp.public(ACCESSIBILITY)
def accessibility() -> str:
    return _show("accessibility", "text")


def _show(name: str, template: str | None = None, **values: object) -> str:
    page = content.page(f"pages/{name}", current_language(), _filling())
    return render(f"pages/{template or name}.html", page=page, declarations=declarations, **values)


def _show_legal(text: str) -> str:
    version = legal.current(text, now().date())
    page = content.page(version.name, current_language(), _filling())
    return render("pages/legal.html", page=page, version=version, declarations=declarations)


def _filling() -> content.Filling:
    made = settings()
    facts = {
        "controller": made.controller_name,
        "address": postal(made.controller_address),
        "contact": made.controller_contact,
        "choices_last": declarations.lifetime(load().cookies["choices"]),
    }
    return content.Filling(facts, url_for)
