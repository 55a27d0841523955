"""Words for what the registry declares, so that pages can show it to people."""

from collections.abc import Iterator
from dataclasses import dataclass

from clevenio.consent import changes
from clevenio.consent.notices import wording_of
from clevenio.i18n import country, current_language, format_date, format_days, format_duration
from clevenio.i18n import gettext as _
from clevenio.registry import Cookie, LegalBasis, Period, Purpose, Registry, Vendor, load


def basis(value: LegalBasis) -> str:
    """A legal basis in plain words."""
    return {
        LegalBasis.CONSENT: _("your consent"),
        LegalBasis.CONTRACT: _("contract"),
        LegalBasis.LEGAL_OBLIGATION: _("legal obligation"),
        LegalBasis.LEGITIMATE_INTEREST: _("legitimate interest"),
    }[value]


def meaning(purpose: Purpose) -> str:
    """What a purpose is: in our words, or in those that a person agrees to, which are quoted."""
    words = wording_of(load(), purpose.id, current_language())
    is_agreed_to = purpose.subject == "person" and purpose.basis is LegalBasis.CONSENT
    return _("“%(words)s”", words=words) if is_agreed_to else words


def role(vendor: Vendor) -> str:
    """What a recipient is to us under the GDPR. Raises `KeyError` for a role without a word."""
    return {
        "processor": _("processor"),
        "controller": _("controller"),
        "joint_controller": _("joint controller"),
    }[vendor.role]


def safeguard(vendor: Vendor) -> str:
    """The ground of a transfer out of the EEA, and from when it counts. Raises `KeyError` for one without a word."""
    ground = {
        "dpf": _("EU–US Data Privacy Framework"),
        "scc": _("standard contractual clauses, module %(number)s", number=vendor.scc_module),
        "adequacy": _("adequacy decision"),
        "none": _("no transfer"),
    }[vendor.safeguard]
    if vendor.safeguard_since is None:
        return ground
    since = format_date(vendor.safeguard_since)
    if vendor.safeguard_until is None:
        return _("%(ground)s, from %(day)s on", ground=ground, day=since)
    until = format_date(vendor.safeguard_until)
    return _("%(ground)s, from %(day)s until %(end)s", ground=ground, day=since, end=until)


def fact(vendor: Vendor, name: str) -> str:
    """One compared fact of a recipient in words. Raises `KeyError` for a name that none has."""
    return {
        "name": vendor.name,
        "company": vendor.company,
        "role": role(vendor),
        "purpose": str(vendor.purpose),
        "data": str(vendor.data),
        "country": country(vendor.country),
        "transfers": ", ".join(map(country, vendor.transfers)) or _("no transfer"),
        "safeguard": safeguard(vendor),
        "arrangement": vendor.arrangement or "–",
    }[name]


def fact_name(name: str) -> str:
    """What a compared fact is called. Raises `KeyError` for one without a word."""
    return {
        "name": _("Name"),
        "company": _("Company"),
        "role": _("Role"),
        "purpose": _("What for"),
        "data": _("Data"),
        "country": _("Country"),
        "transfers": _("Transfers"),
        "safeguard": _("Safeguard"),
        "arrangement": _("Agreement"),
    }[name]


def lifetime(cookie: Cookie) -> str:
    """How long an entry stays in the browser: in the words of the choice, where it lasts as that does."""
    return format_days(cookie.days) if cookie.lasts_as_choice else changes.lifetime(cookie.days)


def kind(cookie: Cookie) -> str:
    """Where in the browser an entry stands. Raises `KeyError` for a place without a word."""
    return {
        "cookie": _("cookie"),
        "local_storage": _("local storage"),
        "session_storage": _("session storage"),
        "indexed_db": _("IndexedDB"),
        "cache_storage": _("cache"),
        "service_worker": _("service worker"),
    }[cookie.kind]


def party(cookie: Cookie) -> str:
    """To whom the browser gives it back: this site, or the third party that it belongs to."""
    return _("on this site") if cookie.domain is None else _("on %(site)s", site=cookie.domain)


def kept(period: Period) -> str:
    """How long a kind of data is kept."""
    return format_duration(period.number, period.unit) if period.number else _("with no fixed end")


def kept_from(period: Period) -> str:
    """How long a kind of data is kept, and from when that counts."""
    return f"{kept(period)}, {period.trigger}" if period.trigger else kept(period)


@dataclass(frozen=True)
class Declared:
    """One line of the list of what a browser may hold. `recipient` is who else reads it, if anybody."""

    entry: Cookie
    category: str
    provider: str
    recipient: str


def cookies(registry: Registry, controller: str) -> Iterator[Declared]:
    """Every stored entry, with its category's and provider's names."""
    for cookie in registry.cookies.values():
        vendor = registry.vendors.get(cookie.provider)
        yield Declared(
            cookie,
            str(registry.purposes[cookie.category].name),
            vendor.company if vendor else controller,
            vendor.company if vendor else _("nobody else"),
        )
