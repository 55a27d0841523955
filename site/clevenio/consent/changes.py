"""What a browser that answered before is asked about today, in words, for the script that narrows the bar."""

from collections.abc import Iterator
from typing import Any

from clevenio.consent.scopes import Change, earlier
from clevenio.i18n import LANGUAGES, country, format_days, use_language
from clevenio.i18n import gettext as _
from clevenio.registry import Registry


def lifetime(days: int) -> str:
    """How long an entry stays in the browser."""
    return format_days(days) if days else _("until the browser is closed")


def narrowed() -> dict[str, dict[str, str]]:
    """The words around a narrowed question, by language."""
    return {language: _around(language) for language in LANGUAGES}


def _around(language: str) -> dict[str, str]:
    with use_language(language):
        return {
            "title": _("Something has changed since you chose"),
            "text": _("We ask about this alone. Everything else stays as you chose."),
            "accept": _("Accept the change"),
            "reject": _("Reject the change"),
        }


def document(registry: Registry) -> dict[str, list[dict[str, Any]]]:
    """By the beginning of each earlier version, what it left open: purpose, names, and sentences by language."""
    return {
        digits: [_described(registry, change) for change in changes]
        for digits, changes in earlier.changes(registry).items()
        if changes
    }


def _described(registry: Registry, change: Change) -> dict[str, Any]:
    category, _sign, vendor_id = change.purpose.partition(":")
    vendor = registry.vendors.get(vendor_id)
    name = dict.fromkeys(LANGUAGES, vendor.name) if vendor else None
    hint = {code: f"{vendor.company}. {vendor.purpose[code]}" for code in LANGUAGES} if vendor else None
    says = {}
    for language in LANGUAGES:
        with use_language(language):
            says[language] = list(_sentences(registry, change))
    return {
        "purpose": change.purpose,
        "in_new_category": change.in_new_category,
        "name": name or {code: registry.purposes[category].name[code] for code in LANGUAGES},
        "hint": hint or {code: registry.purposes[category].wording[code] for code in LANGUAGES},
        "says": says,
    }


def _sentences(registry: Registry, change: Change) -> Iterator[str]:
    category, _sign, vendor_id = change.purpose.partition(":")
    purpose, vendor = registry.purposes[category], registry.vendors.get(vendor_id)
    countries = [country(code) for code in change.countries]
    if vendor is None and change.is_new:
        yield _("New: %(category)s. %(wording)s", category=purpose.name, wording=purpose.wording)
    elif vendor and change.is_new:
        home, *countries = countries
        yield _(
            "%(category)s: a new recipient, %(vendor)s (%(company)s, %(country)s).",
            category=purpose.name,
            vendor=vendor.name,
            company=vendor.company,
            country=home,
        )
    if vendor and countries:
        places = ", ".join(countries)
        yield _(
            "%(vendor)s: data is processed elsewhere, too: %(places)s.", vendor=vendor.name, places=places
        )
    new = [f"{name} ({lifetime(days)})" for name, days, before in change.stored if before is None]
    longer = [
        _(
            "%(name)s (%(time)s instead of %(before)s)",
            name=name,
            time=lifetime(days),
            before=lifetime(before),
        )
        for name, days, before in change.stored
        if before is not None
    ]
    if new:
        yield _("New in your browser: %(entries)s.", entries=", ".join(new))
    if longer:
        yield _("Kept for longer: %(entries)s.", entries=", ".join(longer))
